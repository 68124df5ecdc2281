//! Everything that is wanted runs.

use super::{Event, Of, Pair, State, WorkloadObservation};
use crate::{
    Position,
    ids::{ClusterId, OrganizationId, ProfileId, ProviderId},
    workload::Epoch,
};
use serde::{Deserialize, Serialize};

/// Everything that was wanted at a position runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Running {
    /// The cluster where it runs.
    pub cluster_id: ClusterId,
    /// Which placement this is.
    pub epoch: Epoch,
    /// Whose workload it is.
    pub organization_id: OrganizationId,
    /// Made from which profile.
    pub profile_id: ProfileId,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
    /// How many containers run.
    pub replicas: u32,
    /// The last event of the workload that this is about.
    pub through_position: Position,
}

pub(super) fn decide(
    known: &WorkloadObservation,
    of: Of,
    through: Position,
    replicas: u32,
) -> Vec<Event> {
    if known.has_said(Pair { epoch: of.epoch, position: through }, &State::Running) {
        return vec![];
    }
    vec![Event::Running(Running {
        cluster_id: of.cluster,
        epoch: of.epoch,
        organization_id: of.organization,
        profile_id: of.profile,
        provider_id: of.provider,
        replicas,
        through_position: through,
    })]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        testing::{
            given,
            workload_observation::{applied, degraded, of, running},
        },
        workload_observation::Command,
    };

    fn report(epoch: u32, through: i64) -> Command {
        Command::ReportRunning { of: of(1, epoch), through: Position(through), replicas: 2 }
    }

    #[test]
    fn that_it_runs_is_said_once_for_each_decision() {
        given::<WorkloadObservation>([applied(1, 1, 5)])
            .when(report(1, 5))
            .then([running(1, 1, 5)]);
        let known = || [applied(1, 1, 5), running(1, 1, 5)];
        given::<WorkloadObservation>(known()).when(report(1, 5)).then([]);
        given::<WorkloadObservation>(known()).when(report(1, 4)).then([]);
        given::<WorkloadObservation>(known()).when(report(1, 6)).then([running(1, 1, 6)]);
    }

    #[test]
    fn what_runs_again_is_news() {
        given::<WorkloadObservation>([running(1, 1, 5), degraded(1, 1, 5, "one is gone")])
            .when(report(1, 5))
            .then([running(1, 1, 5)]);
    }
}
