//! Processes that an earlier Berth left in a folder.
//!
//! Whoever holds the lock of a folder may be sure that nobody wants these processes any more. The
//! kernel has told them to stop when their parent died, so as a rule they only need a moment; one
//! that was never told is told now. They are found by the folder they work in, since a process id
//! in a file may long belong to somebody else.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::Error;

/// How long a process may take to notice by itself that its parent is gone.
const NOTICE_WAIT: Duration = Duration::from_secs(3);

/// How long it may take to stop after it was told.
const STOP_WAIT: Duration = Duration::from_secs(15);

/// How long the kernel may take to end a process that was killed.
const KILL_WAIT: Duration = Duration::from_secs(5);

/// Time between two looks.
const POLL: Duration = Duration::from_millis(10);

/// Returns when no process named `program` works in `folder` any more.
pub(super) fn wait_until_gone(folder: &Path, program: &'static str) -> Result<(), Error> {
    if gone_within(folder, program, NOTICE_WAIT) {
        return Ok(());
    }
    signal_all(folder, program, Signal::SIGINT);
    if gone_within(folder, program, STOP_WAIT) {
        return Ok(());
    }
    end(folder, program)
}

/// Ends every process named `program` that works in `folder`, as a power cut would.
pub(super) fn end(folder: &Path, program: &'static str) -> Result<(), Error> {
    signal_all(folder, program, Signal::SIGKILL);
    if gone_within(folder, program, KILL_WAIT) {
        return Ok(());
    }
    Err(Error::Leftover { folder: folder.to_path_buf(), program })
}

fn gone_within(folder: &Path, program: &str, patience: Duration) -> bool {
    let begun = Instant::now();
    loop {
        if processes(folder, program).is_empty() {
            return true;
        }
        if begun.elapsed() > patience {
            return false;
        }
        thread::sleep(POLL);
    }
}

fn signal_all(folder: &Path, program: &str, signal: Signal) {
    for process in processes(folder, program) {
        // It may have ended since it was seen.
        let _gone = kill(process, signal);
    }
}

/// The processes named `program` whose working directory is `folder`, in whatever mount namespace.
fn processes(folder: &Path, program: &str) -> Vec<Pid> {
    let Ok(wanted) = fs::metadata(folder) else { return Vec::new() };
    let found = fs::read_dir("/proc").into_iter().flatten().filter_map(|entry| {
        let entry = entry.ok()?;
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let name = fs::read_to_string(entry.path().join("comm")).ok()?;
        let place = fs::metadata(entry.path().join("cwd")).ok()?;
        let matches = name.trim_end() == program
            && (place.dev(), place.ino()) == (wanted.dev(), wanted.ino());
        matches.then(|| Pid::from_raw(pid))
    });
    found.collect()
}
