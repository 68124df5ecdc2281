//! `ChangeFailoverPolicy`: when work leaves a cluster, and when it comes back.

use super::{
    Error, Event, Registered,
    failover_policy::{Failback, Failover},
};
use crate::change::Change;
use serde::{Deserialize, Serialize};

/// Changes what is given and leaves the rest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeFailoverPolicy {
    /// How work comes back.
    pub failback: Option<Failback>,
    /// How long a cluster must have been well before work comes back by itself.
    pub failback_after_seconds: Option<u32>,
    /// What a lost cluster leads to.
    pub failover: Option<Failover>,
    /// The most failovers of one hour.
    pub failovers_per_hour_max: Option<u32>,
    /// The pause between two probes.
    pub probe_interval_ms: Option<u32>,
    /// How long a probe may take.
    pub probe_timeout_ms: Option<u32>,
    /// Probes missed in a row before a cluster is lost.
    pub probes_missed_max: Option<u32>,
    /// Workloads relocated at once.
    pub relocations_concurrent_max: Option<u32>,
}

/// The failover policy changed; each field is present if it changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FailoverPolicyChanged {
    /// How work comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failback: Option<Change<Failback>>,
    /// How long a cluster must have been well before work comes back by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failback_after_seconds: Option<Change<u32>>,
    /// What a lost cluster leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failover: Option<Change<Failover>>,
    /// The most failovers of one hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failovers_per_hour_max: Option<Change<u32>>,
    /// The pause between two probes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe_interval_ms: Option<Change<u32>>,
    /// How long a probe may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe_timeout_ms: Option<Change<u32>>,
    /// Probes missed in a row before a cluster is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probes_missed_max: Option<Change<u32>>,
    /// Workloads relocated at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relocations_concurrent_max: Option<Change<u32>>,
}

/// Puts a new value in the place of the old one.
fn put<T: Clone>(value: &mut T, change: Option<&Change<T>>) {
    if let Some(change) = change {
        value.clone_from(&change.after);
    }
}

impl FailoverPolicyChanged {
    /// The policy after the event.
    pub fn apply(&self, policy: &mut super::FailoverPolicy) {
        put(&mut policy.failback, self.failback.as_ref());
        put(&mut policy.failback_after_seconds, self.failback_after_seconds.as_ref());
        put(&mut policy.failover, self.failover.as_ref());
        put(&mut policy.failovers_per_hour_max, self.failovers_per_hour_max.as_ref());
        put(&mut policy.probe_interval_ms, self.probe_interval_ms.as_ref());
        put(&mut policy.probe_timeout_ms, self.probe_timeout_ms.as_ref());
        put(&mut policy.probes_missed_max, self.probes_missed_max.as_ref());
        put(&mut policy.relocations_concurrent_max, self.relocations_concurrent_max.as_ref());
    }
}

pub(super) fn decide(
    provider: &Registered,
    change: &ChangeFailoverPolicy,
) -> Result<Vec<Event>, Error> {
    let before = &provider.failover_policy;
    let changed = FailoverPolicyChanged {
        failback: Change::wanted(&before.failback, change.failback),
        failback_after_seconds: Change::wanted(
            &before.failback_after_seconds,
            change.failback_after_seconds,
        ),
        failover: Change::wanted(&before.failover, change.failover),
        failovers_per_hour_max: Change::wanted(
            &before.failovers_per_hour_max,
            change.failovers_per_hour_max,
        ),
        probe_interval_ms: Change::wanted(&before.probe_interval_ms, change.probe_interval_ms),
        probe_timeout_ms: Change::wanted(&before.probe_timeout_ms, change.probe_timeout_ms),
        probes_missed_max: Change::wanted(&before.probes_missed_max, change.probes_missed_max),
        relocations_concurrent_max: Change::wanted(
            &before.relocations_concurrent_max,
            change.relocations_concurrent_max,
        ),
    };
    if changed == FailoverPolicyChanged::default() {
        return Ok(vec![]);
    }
    let mut after = before.clone();
    changed.apply(&mut after);
    if after.probe_timeout_ms > after.probe_interval_ms {
        return Err(Error::ProbeTimeout);
    }
    Ok(vec![Event::FailoverPolicyChanged(changed)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        provider::{Command, DeploymentMode, Provider},
        testing::{created, given, probed_every},
    };

    fn probe(interval: Option<u32>, timeout: Option<u32>) -> Command {
        Command::ChangeFailoverPolicy(ChangeFailoverPolicy {
            probe_interval_ms: interval,
            probe_timeout_ms: timeout,
            ..ChangeFailoverPolicy::default()
        })
    }

    fn given_one() -> crate::testing::Given<Provider> {
        given::<Provider>([created(DeploymentMode::ActivePassive)])
    }

    #[test]
    fn what_is_given_changes_and_the_rest_stays() {
        given_one().when(probe(Some(5000), None)).then([probed_every(2000, 5000)]);
        let failback = Some(Failback::Automatic);
        let change = ChangeFailoverPolicy { failback, ..ChangeFailoverPolicy::default() };
        let failback = Some(Change { before: Failback::Manual, after: Failback::Automatic });
        given_one().when(Command::ChangeFailoverPolicy(change)).then([FailoverPolicyChanged {
            failback,
            ..Default::default()
        }
        .into()]);
    }

    #[test]
    fn what_is_wanted_already_changes_nothing() {
        given_one().when(probe(Some(2000), Some(1500))).then([]);
        given_one().when(probe(None, None)).then([]);
    }

    #[test]
    fn a_probe_ends_before_the_next_begins() {
        given_one().when(probe(Some(1499), None)).then_refused(Error::ProbeTimeout);
        given_one().when(probe(None, Some(2001))).then_refused(Error::ProbeTimeout);
        given::<Provider>([created(DeploymentMode::ActivePassive), probed_every(2000, 5000)])
            .when(probe(Some(1000), None))
            .then_refused(Error::ProbeTimeout);
    }

    #[test]
    fn an_unknown_provider_has_no_policy() {
        given::<Provider>([]).when(probe(Some(5000), None)).then_refused(Error::NotFound);
    }
}
