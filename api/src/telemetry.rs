//! What a process says about itself, on standard error: standard output is for people.
//!
//! Absent on purpose: what dependencies say through the crate `log`. The client of Docker writes
//! the bodies that it sends there, values of secrets included.

use crate::config::telemetry::{Format, Telemetry};
use std::io::IsTerminal;
use tracing_subscriber::{EnvFilter, fmt};

/// Starts the log of this process.
///
/// # Errors
/// A filter that cannot be read, or a second start.
pub fn start(settings: &Telemetry) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.filter)?;
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match settings.format {
        Format::Json => log.json().try_init(),
        Format::Text => {
            log.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init()
        }
    };
    started.map_err(|error| anyhow::anyhow!("could not start the log of the process: {error}"))
}
