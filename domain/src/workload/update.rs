//! `UpdateWorkload`: from now on it is made as its profile stands now.
//!
//! It stays on its cluster, and keeps its number of containers: that one was asked for by itself.

use super::{Error, Event, Requested};
use crate::{
    Version,
    change::Change,
    ids::{ImageId, OrganizationId, ProfileId, ProviderId, SecretId},
    placement::Nodes,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The version of the profile to go to, and what it uses.
#[derive(Clone, Debug)]
pub struct Update {
    /// Its image.
    pub image: ImageId,
    /// What is known of the nodes of the workload's cluster, against its constraints.
    pub nodes: Nodes,
    /// The version.
    pub profile_version: Version,
    /// Its secrets.
    pub secrets: BTreeSet<SecretId>,
}

/// A workload is made from a newer version of its profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Updated {
    /// Present if that version has another image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_id: Option<Change<ImageId>>,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Which profile.
    pub profile_id: ProfileId,
    /// From which version of it to which.
    pub profile_version: Change<Version>,
    /// Where it runs.
    pub provider_id: ProviderId,
    /// Present if that version has other secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ids: Option<Change<BTreeSet<SecretId>>>,
}

impl Updated {
    pub(super) fn apply(&self, workload: &mut Requested) {
        workload.profile_version = self.profile_version.after;
        if let Some(image) = &self.image_id {
            workload.image = image.after;
        }
        if let Some(secrets) = &self.secret_ids {
            workload.secrets.clone_from(&secrets.after);
        }
    }
}

pub(super) fn decide(workload: &Requested, update: Update) -> Result<Vec<Event>, Error> {
    let version = Change::wanted(&workload.profile_version, Some(update.profile_version));
    let Some(profile_version) = version else { return Ok(vec![]) };
    if update.nodes == Nodes::NoneMatch {
        return Err(Error::NoMatchingNode);
    }
    Ok(vec![Event::Updated(Updated {
        image_id: Change::wanted(&workload.image, Some(update.image)),
        organization_id: workload.organization,
        profile_id: workload.profile,
        profile_version,
        provider_id: workload.provider,
        secret_ids: Change::wanted(&workload.secrets, Some(update.secrets)),
    })])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Aggregate, StreamId,
        claim::Claim,
        testing::{
            fold, given,
            profile::{image_id, secret_id},
            workload::{placed, removed, requested, updated},
        },
        workload::{Command, Workload},
    };

    fn update(version: i64, nodes: Nodes) -> Command {
        Command::Update(Update {
            image: image_id(2),
            nodes,
            profile_version: Version(version),
            secrets: [1, 2].map(secret_id).into(),
        })
    }

    #[test]
    fn a_workload_goes_to_the_newer_version_of_its_profile_once() {
        let history = || vec![requested("shop"), placed()];
        for nodes in [Nodes::Unknown, Nodes::Match] {
            given::<Workload>(history()).when(update(2, nodes)).then([updated()]);
        }
        let after = history().into_iter().chain([updated()]);
        given::<Workload>(after).when(update(2, Nodes::Match)).then([]);
    }

    #[test]
    fn what_the_newer_version_shares_with_the_older_one_is_not_told_again() {
        let Event::Updated(expected) = updated() else { unreachable!() };
        let same = Command::Update(Update {
            image: image_id(1),
            nodes: Nodes::Match,
            profile_version: Version(2),
            secrets: [secret_id(1)].into(),
        });
        given::<Workload>([requested("shop"), placed()]).when(same).then([Updated {
            image_id: None,
            secret_ids: None,
            ..expected
        }
        .into()]);
    }

    #[test]
    fn a_version_that_no_node_of_its_cluster_matches_is_refused() {
        given::<Workload>([requested("shop"), placed()])
            .when(update(2, Nodes::NoneMatch))
            .then_refused(Error::NoMatchingNode);
        // It is there already: nothing would change.
        given::<Workload>([requested("shop"), placed()]).when(update(1, Nodes::NoneMatch)).then([]);
    }

    #[test]
    fn what_the_older_version_used_is_let_go() {
        let workload = fold::<Workload>([requested("shop"), placed()]);
        assert_eq!(
            workload.claims(&updated()),
            [
                Claim::Unrefer(StreamId::image(image_id(1))),
                Claim::Refer(StreamId::image(image_id(2))),
                Claim::Refer(StreamId::secret(secret_id(2))),
            ]
        );
    }

    #[test]
    fn what_is_not_there_is_not_updated() {
        given::<Workload>([]).when(update(2, Nodes::Match)).then_refused(Error::NotFound);
        given::<Workload>([requested("shop"), removed()])
            .when(update(2, Nodes::Match))
            .then_refused(Error::Removed);
    }
}
