//! How clusters are followed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Error, within};

/// The pace of the worker, and its patience with one cluster.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Worker {
    /// How often every object is compared with its cluster: 100 ms to 1 hour.
    pub sweep_interval_ms: u64,
    /// How long one call to a cluster may take: 100 ms to 2 minutes.
    pub cluster_timeout_ms: u64,
}

impl Worker {
    /// How often every object is compared with its cluster.
    pub fn sweep_interval(&self) -> Duration {
        Duration::from_millis(self.sweep_interval_ms)
    }

    /// How long one call to a cluster may take.
    pub fn cluster_timeout(&self) -> Duration {
        Duration::from_millis(self.cluster_timeout_ms)
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        within("worker.sweep_interval_ms", self.sweep_interval_ms, 100..=3_600_000)?;
        within("worker.cluster_timeout_ms", self.cluster_timeout_ms, 100..=120_000)
    }
}
