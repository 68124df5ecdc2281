//! Keeps what the private servers say within bounds, for as long as they run.
//!
//! Each of them writes to a file that it opened once, to append, and cannot be told to open another
//! one. So a file that has grown too long is copied beside itself and emptied; what a server says
//! in that very moment may be lost.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::warn;

/// A log file that has grown beyond this is put aside, and the one that was put aside before is
/// dropped.
const BYTES_MAX: u64 = 8 * 1024 * 1024;

/// How often the files are looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(30);

/// Looks at log files until it is dropped.
pub(super) struct Logs {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Logs {
    /// Looks at these from now on.
    pub(super) fn keep(files: Vec<PathBuf>) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let look = move || {
            while stopped.recv_timeout(LOOK_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                files.iter().for_each(|file| look_at(file));
            }
        };
        let thread = thread::Builder::new().name("server logs".to_owned()).spawn(look)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of that thread was reported when it happened.
            let _panicked = thread.join();
        }
    }
}

fn look_at(file: &Path) {
    if let Err(error) = put_aside(file) {
        warn!("could not put {} aside: {error}", file.display());
    }
}

/// Puts a file that has grown too long beside itself, and empties it. It is emptied also where
/// there is no room for two.
pub(super) fn put_aside(file: &Path) -> io::Result<()> {
    if !fs::metadata(file).is_ok_and(|metadata| metadata.len() > BYTES_MAX) {
        return Ok(());
    }
    let old = file.with_extension("log.old");
    let kept = fs::copy(file, &old);
    if kept.is_err() {
        let _half = fs::remove_file(&old);
    }
    OpenOptions::new().write(true).open(file)?.set_len(0)?;
    kept.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_log_that_has_grown_too_long_is_put_aside_while_somebody_writes_on() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("server.log");
        let old = folder.path().join("server.log.old");
        let mut server = OpenOptions::new().append(true).create(true).open(&file).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        server.write_all(b"first\n").unwrap();
        put_aside(&file).unwrap();
        assert!(!old.exists(), "it is short");

        let long = vec![b'x'; usize::try_from(BYTES_MAX).unwrap()];
        server.write_all(&long).unwrap();
        put_aside(&file).unwrap();
        server.write_all(b"last\n").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"last\n");
        assert_eq!(fs::read(&old).unwrap(), [b"first\n", &long[..]].concat());
        let mode = fs::metadata(&old).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "it is as private as it was");
    }

    #[test]
    fn a_log_that_is_not_there_is_nothing_to_do() {
        let folder = tempfile::tempdir().unwrap();
        put_aside(&folder.path().join("server.log")).unwrap();
        drop(Logs::keep(vec![folder.path().join("server.log")]).unwrap());
    }
}
