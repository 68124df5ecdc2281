//! What was wanted was refused: by the engine, or by Berth before it asked.

use super::{Event, Of, Pair, State, WorkloadObservation, cut};
use crate::{
    Position,
    ids::{ClusterId, OrganizationId, ProfileId, ProviderId},
    workload::Epoch,
};
use serde::{Deserialize, Serialize};

/// What was wanted at a position was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rejected {
    /// The cluster where it should be.
    pub cluster_id: ClusterId,
    /// Which placement this is.
    pub epoch: Epoch,
    /// Whose workload it is.
    pub organization_id: OrganizationId,
    /// Made from which profile.
    pub profile_id: ProfileId,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
    /// The engine's own words, or Berth's where it did not even ask.
    pub reason: String,
    /// The last event of the workload that this is about.
    pub through_position: Position,
}

pub(super) fn decide(
    known: &WorkloadObservation,
    of: Of,
    through: Position,
    reason: &str,
) -> Vec<Event> {
    let (reason, pair) = (cut(reason), Pair { epoch: of.epoch, position: through });
    // A refusal that arrives after the cluster took over something newer is over.
    let is_over = known.holds(of.cluster).is_some_and(|held| held > pair);
    if is_over || known.has_said(pair, &State::Rejected(reason.clone())) {
        return vec![];
    }
    vec![Event::Rejected(Rejected {
        cluster_id: of.cluster,
        epoch: of.epoch,
        organization_id: of.organization,
        profile_id: of.profile,
        provider_id: of.provider,
        reason,
        through_position: through,
    })]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        testing::{
            given,
            workload_observation::{applied, of, rejected, running},
        },
        workload_observation::Command,
    };

    fn report(through: i64, reason: &str) -> Command {
        let (of, through) = (of(1, 1), Position(through));
        Command::ReportRejected { of, through, reason: reason.to_owned() }
    }

    #[test]
    fn a_refusal_is_said_once_in_the_engines_words() {
        let words = "rpc error: name conflicts";
        given::<WorkloadObservation>([]).when(report(5, words)).then([rejected(1, 1, 5, words)]);
        let known = || [rejected(1, 1, 5, words)];
        given::<WorkloadObservation>(known()).when(report(5, words)).then([]);
        given::<WorkloadObservation>(known())
            .when(report(6, words))
            .then([rejected(1, 1, 6, words)]);
    }

    #[test]
    fn a_refusal_of_what_is_over_is_no_news() {
        given::<WorkloadObservation>([applied(1, 1, 6), running(1, 1, 6)])
            .when(report(5, "late"))
            .then([]);
        given::<WorkloadObservation>([applied(1, 1, 6)]).when(report(5, "late")).then([]);
    }
}
