//! Programs the lab runs, none of which outlives this process.
//!
//! The kernel sends the signal of `setpriv --pdeathsig` when the *thread* that spawned the child
//! ends, and threads of a runtime or of a test end at any time. So everything long-lived is spawned
//! by one thread that lives as long as the process.

use std::io;
use std::process::{Child, Command};
use std::sync::mpsc::{self, Sender, SyncSender};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;

use super::Error;

const POLL_INTERVAL: Duration = Duration::from_millis(50);

type Request = (Command, SyncSender<io::Result<Child>>);

static SPAWNER: LazyLock<Mutex<Sender<Request>>> = LazyLock::new(|| {
    let (requests, inbox) = mpsc::channel::<Request>();
    thread::spawn(move || {
        for (mut command, reply) in inbox {
            // The one who asked waits for the reply, unless it died, and then so will the child.
            let _ = reply.send(command.spawn());
        }
    });
    Mutex::new(requests)
});

/// Spawns a program that is to live longer than the calling thread.
pub(super) fn spawn(command: Command) -> Result<Child, Error> {
    let what = format!("start {}", command.get_program().display());
    let (reply, answer) = mpsc::sync_channel(1);
    let requests = SPAWNER.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let sent = requests.send((command, reply)).map_err(io::Error::other);
    sent.and_then(|()| answer.recv().map_err(io::Error::other)?)
        .map_err(|source| Error::Io { what, source })
}

/// Runs a program to its end and returns what it printed.
pub(super) fn run<A: AsRef<str>>(program: &str, arguments: &[A]) -> Result<String, Error> {
    let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
    let shown = format!("{program} {}", arguments.join(" "));
    let output = Command::new(program)
        .args(&arguments)
        .env("LC_ALL", "C")
        .output()
        .map_err(|source| Error::Io { what: format!("run `{shown}`"), source })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::Command { command: shown, status: output.status, message })
}

/// What one look at something awaited has shown.
#[derive(Debug)]
pub enum Look<T> {
    /// It is there.
    Done(T),
    /// It may still come; this is how it looks now.
    NotYet(String),
    /// It cannot come any more, for this reason.
    Never(String),
}

/// Looks until it is done, it cannot be done, or `limit` is over.
pub fn wait_for<T>(
    what: &str,
    limit: Duration,
    mut look: impl FnMut() -> Look<T>,
) -> Result<T, Error> {
    let start = Instant::now();
    loop {
        match look() {
            Look::Done(value) => return Ok(value),
            Look::Never(seen) => return Err(Error::Never { what: what.to_owned(), seen }),
            Look::NotYet(seen) if start.elapsed() > limit => {
                return Err(Error::Late { what: what.to_owned(), limit, seen });
            }
            Look::NotYet(_) => thread::sleep(POLL_INTERVAL),
        }
    }
}

/// The process that `unshare --fork` made, which is the first one of its namespace.
pub(super) fn first_inside(unshare: &Child) -> Option<Pid> {
    let id = unshare.id();
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).ok()?;
    Some(Pid::from_raw(children.split_whitespace().next()?.parse().ok()?))
}

/// Whether every thread of a process is stopped.
pub(super) fn stands_still(process: Pid) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else { return false };
    threads.flatten().all(|thread| {
        // The state follows the name, which stands in brackets and may hold anything.
        std::fs::read_to_string(thread.path().join("stat"))
            .is_ok_and(|stat| stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T')))
    })
}

/// Sends a signal to a process.
pub(super) fn signal(what: Signal, process: Pid) -> Result<(), Error> {
    signal::kill(process, what).map_err(|source| Error::Io {
        what: format!("send {what} to process {process}"),
        source: source.into(),
    })
}
