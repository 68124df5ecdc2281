//! Less runs than is wanted.

use super::{Event, Of, Pair, State, WorkloadObservation, cut};
use crate::{
    Position,
    ids::{ClusterId, OrganizationId, ProfileId, ProviderId},
    workload::Epoch,
};
use serde::{Deserialize, Serialize};

/// Fewer containers run than was wanted at a position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Degraded {
    /// The cluster where it should run.
    pub cluster_id: ClusterId,
    /// Which placement this is.
    pub epoch: Epoch,
    /// Whose workload it is.
    pub organization_id: OrganizationId,
    /// Made from which profile.
    pub profile_id: ProfileId,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
    /// Why, in the engine's own words where it has any.
    pub reason: String,
    /// How many ran when this was seen.
    pub running: u32,
    /// The last event of the workload that this is about.
    pub through_position: Position,
    /// How many should.
    pub wanted: u32,
}

pub(super) fn decide(
    known: &WorkloadObservation,
    of: Of,
    through: Position,
    (running, wanted): (u32, u32),
    reason: &str,
) -> Vec<Event> {
    let (reason, pair) = (cut(reason), Pair { epoch: of.epoch, position: through });
    // The numbers alone are no news: they move with every container that starts.
    if known.has_said(pair, &State::Degraded(reason.clone())) {
        return vec![];
    }
    vec![Event::Degraded(Degraded {
        cluster_id: of.cluster,
        epoch: of.epoch,
        organization_id: of.organization,
        profile_id: of.profile,
        provider_id: of.provider,
        reason,
        running,
        through_position: through,
        wanted,
    })]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        testing::{
            given,
            workload_observation::{degraded, of, running},
        },
        workload_observation::Command,
    };

    fn report(through: i64, running: u32, reason: &str) -> Command {
        let reason = reason.to_owned();
        Command::ReportDegraded {
            of: of(1, 1),
            through: Position(through),
            running,
            wanted: 2,
            reason,
        }
    }

    #[test]
    fn a_reason_is_said_once_however_the_numbers_move() {
        let words = "no suitable node";
        given::<WorkloadObservation>([running(1, 1, 5)])
            .when(report(5, 1, words))
            .then([degraded(1, 1, 5, words)]);
        let known = || [running(1, 1, 5), degraded(1, 1, 5, words)];
        given::<WorkloadObservation>(known()).when(report(5, 0, words)).then([]);
        given::<WorkloadObservation>(known()).when(report(5, 1, "other words")).then([degraded(
            1,
            1,
            5,
            "other words",
        )]);
        given::<WorkloadObservation>(known()).when(report(4, 1, "late words")).then([]);
    }

    #[test]
    fn a_wordy_engine_is_cut() {
        let long = "x".repeat(5000);
        given::<WorkloadObservation>([]).when(report(5, 1, &long)).then([degraded(
            1,
            1,
            5,
            &long[..1000],
        )]);
        given::<WorkloadObservation>([degraded(1, 1, 5, &long[..1000])])
            .when(report(5, 1, &long))
            .then([]);
    }
}
