//! `RequestWorkload`: containers of a profile, as it stands now.
//!
//! The version of the profile is pinned: a later change of it reaches the workload only when it is
//! updated. What that version uses is kept in use by the workload itself, since the profile may
//! have moved on.

use super::{Error, Event, Workload};
use crate::{
    Version,
    ids::{ImageId, OrganizationId, ProfileId, ProviderId, SecretId},
    name::Name,
    replicas::Replicas,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A workload was requested; it has no cluster yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Requested {
    /// The image of the pinned profile.
    pub image_id: ImageId,
    /// Unique within the organization.
    pub name: Name,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Made from which profile.
    pub profile_id: ProfileId,
    /// Made from which version of it.
    pub profile_version: Version,
    /// Where it runs.
    pub provider_id: ProviderId,
    /// How many containers.
    pub replicas: Replicas,
    /// The secrets of the pinned profile.
    pub secret_ids: BTreeSet<SecretId>,
}

pub(super) fn decide(workload: &Workload, requested: Requested) -> Result<Vec<Event>, Error> {
    match workload {
        Workload::Absent => Ok(vec![Event::Requested(requested)]),
        Workload::Present(_) => Err(Error::AlreadyExists),
        Workload::Removed(_) => Err(Error::Removed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Aggregate, StreamId,
        claim::{Claim, UniqueName},
        testing::{
            given, place,
            workload::{request, requested},
        },
        workload::Command,
    };

    #[test]
    fn a_workload_is_requested_once() {
        given::<Workload>([]).when(Command::Request(request("shop"))).then([requested("shop")]);
        given::<Workload>([requested("shop")])
            .when(Command::Request(request("shop")))
            .then_refused(Error::AlreadyExists);
    }

    #[test]
    fn a_workload_takes_its_name_within_the_organization_and_refers_to_what_it_uses() {
        let request = request("Shop");
        let name =
            UniqueName { scope: "workload", key: format!("{}/shop", request.organization_id) };
        let secrets = request.secret_ids.iter().map(|id| Claim::Refer(StreamId::secret(*id)));
        let expected: Vec<_> = [
            Claim::Take(name),
            Claim::Refer(StreamId::profile(request.profile_id)),
            Claim::Refer(StreamId::provider(place().provider)),
            Claim::Refer(StreamId::image(request.image_id)),
        ]
        .into_iter()
        .chain(secrets)
        .collect();
        assert_eq!(expected.len(), 5);
        assert_eq!(Workload::default().claims(&request.clone().into()), expected);
    }
}
