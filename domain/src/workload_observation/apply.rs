//! A cluster took over what was wanted: its object is as the intent up to a position says.

use super::{Event, Of, Pair, State, WorkloadObservation};
use crate::{
    Position,
    ids::{ClusterId, OrganizationId, ProfileId, ProviderId},
    workload::Epoch,
};
use serde::{Deserialize, Serialize};

/// A cluster took over what was wanted. A cluster that the workload has left took over that nothing
/// of it is to run there any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Applied {
    /// The cluster.
    pub cluster_id: ClusterId,
    /// The placement that it holds now.
    pub epoch: Epoch,
    /// Whose workload it is.
    pub organization_id: OrganizationId,
    /// Made from which profile.
    pub profile_id: ProfileId,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
    /// The last event of the workload that it was made from.
    pub through_position: Position,
}

pub(super) fn decide(known: &WorkloadObservation, of: Of, through: Position) -> Vec<Event> {
    let now = Pair { epoch: of.epoch, position: through };
    // A repair that was refused once and works now is news, although the position is not.
    let is_refused = known.condition.as_ref().is_some_and(|condition| {
        condition.cluster == of.cluster
            && condition.of <= now
            && matches!(condition.state, State::Rejected(_))
    });
    match known.holds(of.cluster) {
        Some(held) if held > now || (held == now && !is_refused) => vec![],
        Some(_) | None => vec![Event::Applied(Applied {
            cluster_id: of.cluster,
            epoch: of.epoch,
            organization_id: of.organization,
            profile_id: of.profile,
            provider_id: of.provider,
            through_position: through,
        })],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        testing::{
            given,
            workload_observation::{applied, of, rejected},
        },
        workload_observation::Command,
    };

    fn report(cluster: u16, epoch: u32, through: i64) -> Command {
        Command::ReportApplied { of: of(cluster, epoch), through: Position(through) }
    }

    #[test]
    fn a_position_is_taken_over_once_and_an_older_one_is_no_news() {
        let known = || [applied(1, 1, 5)];
        given::<WorkloadObservation>([]).when(report(1, 1, 5)).then([applied(1, 1, 5)]);
        given::<WorkloadObservation>(known()).when(report(1, 1, 5)).then([]);
        given::<WorkloadObservation>(known()).when(report(1, 1, 4)).then([]);
        given::<WorkloadObservation>(known()).when(report(1, 1, 6)).then([applied(1, 1, 6)]);
    }

    #[test]
    fn each_cluster_is_told_of_by_itself() {
        given::<WorkloadObservation>([applied(1, 1, 5), applied(2, 2, 9)])
            .when(report(1, 2, 9))
            .then([applied(1, 2, 9)]);
    }

    #[test]
    fn what_was_refused_and_is_taken_over_now_is_news() {
        let refused = || [applied(1, 1, 5), rejected(1, 1, 5, "no")];
        given::<WorkloadObservation>(refused()).when(report(1, 1, 5)).then([applied(1, 1, 5)]);
        let cured = refused().into_iter().chain([applied(1, 1, 5)]);
        given::<WorkloadObservation>(cured).when(report(1, 1, 5)).then([]);
    }
}
