//! Real Docker Swarms of several nodes, and real Kubernetes control planes, on one machine, for
//! tests and for the demo.
//!
//! A fake proves what its author believed about Swarm. Here every node is an engine of its own that
//! gossips, elects, notices a dead peer and starts containers; so a test may kill one, cut its link
//! or freeze it, and see what a real cluster does.
//!
//! ```no_run
//! # fn main() -> Result<(), tests::lab::Error> {
//! let swarm = tests::lab::Swarm::start("paris", 3, 1)?;
//! swarm.import_image("localhost:1/demo:1")?;
//! println!("{} {}", swarm.url(0), swarm.docker(0, &["node", "ls"])?);
//! swarm.kill(2)?;
//! swarm.revive(2)?;
//! # Ok(()) }
//! ```
//!
//! **Invariants**
//! - It lives inside `tests/isolated`, or not at all: no interface of the machine is touched.
//! - Nothing outlives the [`Swarm`]; when this process is killed, nothing outlives that either.
//! - Every wait has a limit, and its failure says what was awaited and what was seen instead.
//!
//! All calls block, each for a few seconds at most. In a test of tokio that is harmless, unless
//! something else must go on meanwhile; then use `tokio::task::block_in_place` or `spawn_blocking`.
//!
//! The kernel may lack `IP_VS`, so there are no virtual addresses and no published ports. An image
//! must be named `localhost:1/…`: an engine tries to pull before it uses what it has, and there a
//! pull is refused at once.

mod engine;
mod image;
mod kubernetes;
mod network;
mod process;
mod program;
mod scope;
mod swarm;

use std::env;
use std::io::{self, Write};
use std::process::ExitStatus;
use std::time::Duration;

pub use engine::{Engine, LABEL as ENGINE_LABEL};
pub use kubernetes::Kubernetes;
pub use process::{Look, wait_for};
pub use swarm::{SERVER_NAME, Swarm};

/// Why something in the lab could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The lab cannot run here; the text says why, and what would cure it.
    #[error("{0}")]
    Unavailable(String),
    /// The operating system refused.
    #[error("could not {what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// How it was refused.
        source: io::Error,
    },
    /// A program failed.
    #[error("`{command}` failed ({status}): {message}")]
    Command {
        /// The program and its arguments.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// What it wrote to its error stream.
        message: String,
    },
    /// Something awaited did not come in time.
    #[error("{what}: not within {limit:?}; last seen: {seen}")]
    Late {
        /// What was awaited.
        what: String,
        /// For how long.
        limit: Duration,
        /// What was seen instead.
        seen: String,
    },
    /// Something awaited cannot come any more.
    #[error("{what}: {seen}")]
    Never {
        /// What was awaited.
        what: String,
        /// Why it cannot come.
        seen: String,
    },
    /// An engine did not do what was awaited of it.
    #[error("{source}\nthe end of its log:\n{log}")]
    Engine {
        /// What failed.
        source: Box<Error>,
        /// What the engine has logged last.
        log: String,
    },
}

/// Whether a lab can run here. If not, the reason is printed, so that no skip is silent.
///
/// # Panics
/// Where `CI` is `true` and it cannot run: there, nothing may be skipped.
pub fn ready() -> bool {
    is_there(scope::Scope::find().map(drop))
}

/// Whether a lab with Kubernetes in it can run here, just like [`ready`].
///
/// # Panics
/// As [`ready`].
pub fn ready_for_kubernetes() -> bool {
    is_there(kubernetes::check())
}

fn is_there(found: Result<(), Error>) -> bool {
    let Err(reason) = found else { return true };
    let in_ci = env::var("CI").is_ok_and(|value| value == "true");
    assert!(!in_ci, "the lab must run in CI, but {reason}");
    // Not by `eprintln!`, which the test harness keeps to itself when a test passes.
    let _ = writeln!(io::stderr(), "SKIPPED: {reason}");
    false
}
