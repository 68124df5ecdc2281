//! `RemoveWorkload`: it is to be gone, from its cluster too. Nothing else removes anything there.

use super::{Error, Event, Workload};
use crate::ids::{OrganizationId, ProfileId, ProviderId};
use serde::{Deserialize, Serialize};

/// A workload was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Removed {
    /// Whose it was.
    pub organization_id: OrganizationId,
    /// Made from which profile.
    pub profile_id: ProfileId,
    /// Where it ran.
    pub provider_id: ProviderId,
}

pub(super) fn decide(workload: &Workload) -> Result<Vec<Event>, Error> {
    match workload {
        Workload::Absent => Err(Error::NotFound),
        Workload::Present(workload) => Ok(vec![Event::Removed(Removed {
            organization_id: workload.organization,
            profile_id: workload.profile,
            provider_id: workload.provider,
        })]),
        // Done already: a client may retry.
        Workload::Removed(_) => Ok(vec![]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Aggregate,
        claim::{Claim, UniqueName},
        testing::{
            fold, given,
            profile::tenant,
            workload::{placed, removed, request, requested, stopped},
        },
        workload::Command,
    };

    #[test]
    fn a_workload_is_removed_once_running_or_stopped() {
        let running = || vec![requested("shop"), placed()];
        given::<Workload>(running()).when(Command::Remove).then([removed()]);
        let stopped = running().into_iter().chain([stopped()]);
        given::<Workload>(stopped).when(Command::Remove).then([removed()]);
        let gone = running().into_iter().chain([removed()]);
        given::<Workload>(gone).when(Command::Remove).then([]);
        given::<Workload>([]).when(Command::Remove).then_refused(Error::NotFound);
    }

    #[test]
    fn a_removed_workload_is_not_requested_again() {
        given::<Workload>([requested("shop"), removed()])
            .when(Command::Request(request("shop")))
            .then_refused(Error::Removed);
    }

    #[test]
    fn a_removed_workload_gives_its_name_up_and_ends() {
        let name = UniqueName { scope: "workload", key: format!("{}/shop", tenant()) };
        let workload = fold::<Workload>([requested("shop"), placed()]);
        assert_eq!(workload.claims(&removed()), [Claim::Free(name), Claim::End]);
    }
}
