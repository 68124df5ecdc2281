//! When the work of a provider leaves a cluster, and when it comes back. Intent only: what is
//! measured and what is done about it is the failover's.

use serde::{Deserialize, Serialize};

/// What a lost cluster leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Failover {
    /// Its work moves at once.
    Automatic,
    /// A failover is proposed, and waits for an administrator.
    Approved,
}

/// How work comes back to a cluster that has recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Failback {
    /// An administrator brings it back.
    Manual,
    /// By itself, once the cluster has been well for a while.
    Automatic,
}

/// When the work of a provider leaves a cluster, and when it comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FailoverPolicy {
    /// How work comes back.
    pub failback: Failback,
    /// How long a cluster must have been well before work comes back by itself.
    pub failback_after_seconds: u32,
    /// What a lost cluster leads to.
    pub failover: Failover,
    /// The most failovers of one hour; further ones wait for an administrator.
    pub failovers_per_hour_max: u32,
    /// The pause between two probes of a cluster.
    pub probe_interval_ms: u32,
    /// How long a probe may take; no longer than the pause between two.
    pub probe_timeout_ms: u32,
    /// Probes missed in a row before a cluster is lost.
    pub probes_missed_max: u32,
    /// Workloads relocated at once, so that a failover cannot flood the clusters that are left.
    pub relocations_concurrent_max: u32,
}

impl FailoverPolicy {
    /// The least and the most of `failback_after_seconds`.
    pub const FAILBACK_AFTER_SECONDS: (u32, u32) = (10, 86_400);
    /// The least and the most of `failovers_per_hour_max`.
    pub const FAILOVERS_PER_HOUR: (u32, u32) = (1, 60);
    /// The least and the most of `probe_interval_ms`.
    pub const PROBE_INTERVAL_MS: (u32, u32) = (500, 60_000);
    /// The least and the most of `probe_timeout_ms`.
    pub const PROBE_TIMEOUT_MS: (u32, u32) = (100, 30_000);
    /// The least and the most of `probes_missed_max`.
    pub const PROBES_MISSED: (u32, u32) = (1, 100);
    /// The least and the most of `relocations_concurrent_max`.
    pub const RELOCATIONS_CONCURRENT: (u32, u32) = (1, 100);
}

impl Default for FailoverPolicy {
    fn default() -> Self {
        Self {
            failback: Failback::Manual,
            failback_after_seconds: 600,
            failover: Failover::Automatic,
            failovers_per_hour_max: 3,
            probe_interval_ms: 2000,
            probe_timeout_ms: 1500,
            probes_missed_max: 5,
            relocations_concurrent_max: 10,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_within_every_bound() {
        let policy = FailoverPolicy::default();
        for (value, (least, most)) in [
            (policy.failback_after_seconds, FailoverPolicy::FAILBACK_AFTER_SECONDS),
            (policy.failovers_per_hour_max, FailoverPolicy::FAILOVERS_PER_HOUR),
            (policy.probe_interval_ms, FailoverPolicy::PROBE_INTERVAL_MS),
            (policy.probe_timeout_ms, FailoverPolicy::PROBE_TIMEOUT_MS),
            (policy.probes_missed_max, FailoverPolicy::PROBES_MISSED),
            (policy.relocations_concurrent_max, FailoverPolicy::RELOCATIONS_CONCURRENT),
        ] {
            assert!((least..=most).contains(&value));
        }
        assert!(policy.probe_timeout_ms <= policy.probe_interval_ms);
    }
}
