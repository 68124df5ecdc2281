//! `ScaleWorkload`: more or fewer containers. A stopped workload starts with the new number.

use super::{Event, Requested};
use crate::{
    change::Change,
    ids::{OrganizationId, ProfileId, ProviderId},
    replicas::Replicas,
};
use serde::{Deserialize, Serialize};

/// A workload is to have another number of containers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Scaled {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Made from which profile.
    pub profile_id: ProfileId,
    /// Where it runs.
    pub provider_id: ProviderId,
    /// How many containers.
    pub replicas: Change<Replicas>,
}

pub(super) fn decide(workload: &Requested, replicas: Replicas) -> Vec<Event> {
    let scaled = |replicas| {
        Event::Scaled(Scaled {
            organization_id: workload.organization,
            profile_id: workload.profile,
            provider_id: workload.provider,
            replicas,
        })
    };
    Change::wanted(&workload.replicas, Some(replicas)).map(scaled).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use crate::{
        testing::{
            given,
            profile::replicas,
            workload::{placed, removed, requested, scaled, stopped},
        },
        workload::{Command, Error, Workload},
    };

    #[test]
    fn a_workload_is_scaled_up_and_down() {
        let placed = || [requested("shop"), placed()];
        given::<Workload>(placed()).when(Command::Scale(replicas(7))).then([scaled(2, 7)]);
        given::<Workload>(placed()).when(Command::Scale(replicas(1))).then([scaled(2, 1)]);
    }

    #[test]
    fn the_same_number_again_changes_nothing() {
        given::<Workload>([requested("shop"), placed()]).when(Command::Scale(replicas(2))).then([]);
    }

    #[test]
    fn a_stopped_workload_is_scaled_for_its_next_start() {
        given::<Workload>([requested("shop"), placed(), stopped()])
            .when(Command::Scale(replicas(7)))
            .then([scaled(2, 7)]);
    }

    #[test]
    fn what_is_not_there_is_not_scaled() {
        let scale = || Command::Scale(replicas(7));
        given::<Workload>([]).when(scale()).then_refused(Error::NotFound);
        given::<Workload>([requested("shop"), removed()])
            .when(scale())
            .then_refused(Error::Removed);
    }
}
