//! The private servers, against the real programs: what they let in, what they keep, and what is
//! left of them when something dies.

mod nats;
mod postgres;
mod together;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// How long anything here may take to happen.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A folder that every user can walk to.
fn open_folder() -> Result<TempDir> {
    let folder = TempDir::new()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    Ok(folder)
}

/// A folder that nobody else can walk to, as `/root` is.
fn closed_folder() -> Result<TempDir> {
    let folder = TempDir::new()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700))?;
    Ok(folder)
}

/// Looks until something is there.
async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> Result<T> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(found) = look().await {
            return Ok(found);
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    bail!("{what}: not within {PATIENCE:?}")
}

fn kill_process(pid: u32) -> Result<()> {
    Ok(kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL)?)
}

/// Whether a process still does something; one that only waits to be reaped does not.
fn is_alive(pid: u32) -> bool {
    let Ok(status) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    status.rsplit(") ").next().is_some_and(|rest| !rest.starts_with('Z'))
}

fn mode_of(path: &Path) -> Result<u32> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o777)
}

/// A folder so deep that a socket in it would have too long a name.
fn deep(folder: &Path) -> PathBuf {
    folder.join("a-folder-with-a-long-name".repeat(4)).join("data")
}
