//! `StartWorkload`: a stopped workload runs again, on the cluster that it has.

use super::{Event, Requested};
use crate::ids::{OrganizationId, ProfileId, ProviderId};
use serde::{Deserialize, Serialize};

/// A workload is to run again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Started {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Made from which profile.
    pub profile_id: ProfileId,
    /// Where it runs.
    pub provider_id: ProviderId,
}

pub(super) fn decide(workload: &Requested) -> Vec<Event> {
    if !workload.stopped {
        return vec![];
    }
    vec![Event::Started(Started {
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
            workload::{placed, removed, requested, started, stopped},
        },
        workload::{Command, Error, Workload},
    };

    #[test]
    fn a_stopped_workload_is_started_once() {
        let history = || vec![requested("shop"), placed(), stopped()];
        given::<Workload>(history()).when(Command::Start).then([started()]);
        let after = history().into_iter().chain([started()]);
        given::<Workload>(after).when(Command::Start).then([]);
    }

    #[test]
    fn what_was_never_stopped_runs_already() {
        given::<Workload>([requested("shop"), placed()]).when(Command::Start).then([]);
    }

    #[test]
    fn what_is_not_there_is_not_started() {
        given::<Workload>([]).when(Command::Start).then_refused(Error::NotFound);
        given::<Workload>([requested("shop"), stopped(), removed()])
            .when(Command::Start)
            .then_refused(Error::Removed);
    }
}
