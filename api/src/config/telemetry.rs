//! What a process says about itself.

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use super::{Error, invalid};

/// Form and choice of the log lines.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    /// For people or for machines.
    pub format: Format,
    /// Which lines are written, as `LEVEL` or `LEVEL,TARGET=LEVEL`.
    pub filter: String,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One readable line.
    Text,
    /// One JSON object a line.
    Json,
}

impl Telemetry {
    pub(super) fn validate(&self) -> Result<(), Error> {
        match EnvFilter::builder().parse(&self.filter) {
            Ok(_) => Ok(()),
            Err(_) => Err(invalid("telemetry.filter", "LEVEL or LEVEL,TARGET=LEVEL, as info")),
        }
    }
}
