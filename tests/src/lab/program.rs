//! A server of the lab that is one process, on a machine of its own as far as the network goes.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::sys::signal::Signal;
use nix::unistd::Pid;

use super::Error;
use super::process::{Look, signal, spawn, stands_still, wait_for};

const DEATH_LIMIT: Duration = Duration::from_secs(10);
const FREEZE_LIMIT: Duration = Duration::from_secs(10);
const LOG_TAIL_LINES: usize = 20;

/// A program, its arguments, and its process while it lives.
#[derive(Debug)]
pub(super) struct Program {
    path: PathBuf,
    name: String,
    arguments: Vec<String>,
    directory: PathBuf,
    process: Mutex<Option<Child>>,
}

impl Program {
    /// One that does not run yet. Its log and its network namespace are in `directory`.
    pub(super) fn new(path: PathBuf, arguments: Vec<String>, directory: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { path, name, arguments, directory: directory.to_owned(), process: Mutex::new(None) }
    }

    fn process(&self) -> MutexGuard<'_, Option<Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts it in the network of its directory.
    pub(super) fn spawn(&self) -> Result<(), Error> {
        let io = |source| Error::Io { what: format!("start {}", self.name), source };
        let path = self.directory.join(format!("{}.log", self.name));
        let log = OpenOptions::new().create(true).append(true).open(path).map_err(io)?;
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", "nsenter"])
            .arg(format!("--net={}", self.directory.join("network").display()))
            .arg(&self.path)
            .args(&self.arguments)
            // What it would write to the home of a person goes with the lab.
            .env_clear()
            .env("HOME", &self.directory)
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .stderr(log.try_clone().map_err(io)?)
            .stdout(log);
        *self.process() = Some(spawn(command)?);
        Ok(())
    }

    /// Kills it, and returns when it is gone.
    pub(super) fn kill(&self) -> Result<(), Error> {
        let mut slot = self.process();
        let Some(process) = slot.as_mut() else { return Ok(()) };
        let io = |source| Error::Io { what: format!("kill {}", self.name), source };
        process.kill().map_err(io)?;
        wait_for(&format!("{} dies", self.name), DEATH_LIMIT, || match process.try_wait() {
            Ok(Some(_)) => Look::Done(()),
            Ok(None) => Look::NotYet("it is still there".to_owned()),
            Err(error) => Look::Never(error.to_string()),
        })?;
        *slot = None;
        Ok(())
    }

    /// Stops it in its tracks, and returns when the last of its threads stands still.
    pub(super) fn freeze(&self) -> Result<(), Error> {
        let process = self.id()?;
        signal(Signal::SIGSTOP, process)?;
        wait_for(&format!("{} stands still", self.name), FREEZE_LIMIT, || {
            match stands_still(process) {
                true => Look::Done(()),
                false => Look::NotYet("a thread still runs".to_owned()),
            }
        })
    }

    /// Lets it go on.
    pub(super) fn thaw(&self) -> Result<(), Error> {
        signal(Signal::SIGCONT, self.id()?)
    }

    fn id(&self) -> Result<Pid, Error> {
        let id = self.process().as_ref().and_then(|process| i32::try_from(process.id()).ok());
        let dead = || Error::Unavailable(format!("{} does not run", self.name));
        id.map(Pid::from_raw).ok_or_else(dead)
    }

    /// How it ended, when it did.
    pub(super) fn exit(&self) -> Option<String> {
        let ended = match self.process().as_mut().map(Child::try_wait) {
            None => "it was not started, or killed".to_owned(),
            Some(Ok(None)) => return None,
            Some(Ok(Some(status))) => status.to_string(),
            Some(Err(error)) => error.to_string(),
        };
        Some(format!("{} has ended: {ended}", self.name))
    }

    /// Adds the end of its log to an error.
    pub(super) fn explain(&self, error: Error) -> Error {
        let log = log_tail(&self.directory.join(format!("{}.log", self.name)));
        Error::Engine { source: Box::new(error), log }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Nobody is left to tell; what stays ends with `tests/isolated`.
        let _ = self.kill();
    }
}

/// The end of a log.
pub(super) fn log_tail(path: &Path) -> String {
    let log = fs::read(path).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
}
