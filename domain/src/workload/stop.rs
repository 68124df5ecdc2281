//! `StopWorkload`: no container runs. Its cluster, its number of containers and its name are kept.

use super::{Event, Requested};
use crate::ids::{OrganizationId, ProfileId, ProviderId};
use serde::{Deserialize, Serialize};

/// A workload is to run no container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Stopped {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Made from which profile.
    pub profile_id: ProfileId,
    /// Where it ran.
    pub provider_id: ProviderId,
}

pub(super) fn decide(workload: &Requested) -> Vec<Event> {
    if workload.stopped {
        return vec![];
    }
    vec![Event::Stopped(Stopped {
        organization_id: workload.organization,
        profile_id: workload.profile,
        provider_id: workload.provider,
    })]
}

#[cfg(test)]
mod tests {
    use crate::{
        testing::{
            given,
            workload::{placed, removed, requested, stopped},
        },
        workload::{Command, Error, Workload},
    };

    #[test]
    fn a_workload_is_stopped_once() {
        let history = || vec![requested("shop"), placed()];
        given::<Workload>(history()).when(Command::Stop).then([stopped()]);
        let after = history().into_iter().chain([stopped()]);
        given::<Workload>(after).when(Command::Stop).then([]);
    }

    #[test]
    fn what_is_not_there_is_not_stopped() {
        given::<Workload>([]).when(Command::Stop).then_refused(Error::NotFound);
        given::<Workload>([requested("shop"), removed()])
            .when(Command::Stop)
            .then_refused(Error::Removed);
    }
}
