//! How clusters are followed.

use std::time::Duration;

use adapters::api_version::{ApiVersion, Minimums};
use serde::{Deserialize, Serialize};

use super::{Error, invalid, within};

/// The pace of the worker, and its patience with one cluster.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Worker {
    /// How often every object is compared with its cluster: 100 ms to 1 hour.
    pub sweep_interval_ms: u64,
    /// How long one call to a cluster may take: 100 ms to 2 minutes.
    pub cluster_timeout_ms: u64,
    /// The oldest version of the Docker API that a test of a Swarm passes, such as 1.41.
    pub swarm_api_version_min: String,
    /// The oldest version of Kubernetes that a test of a cluster passes, such as 1.22.
    pub kubernetes_version_min: String,
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

    /// The oldest APIs that a test of a connection passes.
    pub fn minimums(&self) -> Result<Minimums, Error> {
        Ok(Minimums {
            swarm: version("worker.swarm_api_version_min", &self.swarm_api_version_min)?,
            kubernetes: version("worker.kubernetes_version_min", &self.kubernetes_version_min)?,
        })
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        within("worker.sweep_interval_ms", self.sweep_interval_ms, 100..=3_600_000)?;
        within("worker.cluster_timeout_ms", self.cluster_timeout_ms, 100..=120_000)?;
        self.minimums().map(drop)
    }
}

fn version(key: &'static str, text: &str) -> Result<ApiVersion, Error> {
    let parsed = text.parse::<ApiVersion>();
    parsed.map_err(|_| invalid(key, "a version of the API, such as 1.41"))
}
