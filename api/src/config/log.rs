//! How much the writer of the log takes on at once.

use serde::{Deserialize, Serialize};

use super::{Error, invalid, within};

/// Bounds of the queue in front of the log.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Appends that may wait for their turn: 1 to 65,536. One more is answered with "busy".
    pub queue_max: u64,
    /// Appends written in one transaction: 1 to 1024, and no more than may wait.
    pub batch_max: u64,
}

impl Log {
    pub(super) fn validate(&self) -> Result<(), Error> {
        within("log.queue_max", self.queue_max, 1..=65_536)?;
        within("log.batch_max", self.batch_max, 1..=1_024)?;
        if self.batch_max > self.queue_max {
            return Err(invalid("log.batch_max", "no more than `log.queue_max`"));
        }
        Ok(())
    }
}
