//! `RelocateWorkload`: it leaves its cluster for another one of its provider; its epoch goes up.
//!
//! The cluster that it leaves is remembered until it is removed: a worker that wakes up late there
//! must find that somebody was there after it.

use super::{Epoch, Error, Event, Requested};
use crate::{
    ids::{ClusterId, OrganizationId, ProfileId, ProviderId},
    placement::{self, Candidate, Draw, Offer, PassedOver, Reason},
    provider::DeploymentMode,
};
use serde::{Deserialize, Serialize};

/// What it leaves, and what its next cluster is chosen from.
#[derive(Clone, Debug)]
pub struct Relocate {
    /// The cluster that it is to leave; where it is elsewhere by now, it stays.
    pub from: ClusterId,
    /// How the provider chooses.
    pub mode: DeploymentMode,
    /// The provider's clusters; the one that it leaves is passed over without a word.
    pub offers: Vec<Offer>,
    /// Any number, brought along by the command: what is drawn depends on it.
    pub random: u64,
}

/// A workload got another cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Relocated {
    /// Everything it was chosen from, the first ranked first.
    pub candidates: Vec<Candidate>,
    /// The cluster that it goes to.
    pub cluster_id: ClusterId,
    /// The draw, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draw: Option<Draw>,
    /// Which placement of the workload this is.
    pub epoch: Epoch,
    /// The cluster that it leaves.
    pub from_cluster_id: ClusterId,
    /// Whose workload it is.
    pub organization_id: OrganizationId,
    /// What could not be chosen, and why.
    pub passed_over: Vec<PassedOver>,
    /// Made from which profile.
    pub profile_id: ProfileId,
    /// The provider of both clusters.
    pub provider_id: ProviderId,
    /// Why this cluster.
    pub reason: Reason,
}

pub(super) fn decide(workload: &Requested, relocate: Relocate) -> Result<Vec<Event>, Error> {
    let from = relocate.from;
    // Done already, or somebody else moved it first.
    if workload.placement.is_none_or(|placement| placement.cluster != from) {
        return Ok(vec![]);
    }
    let others = relocate.offers.into_iter().filter(|offer| offer.cluster != from).collect();
    let choice = placement::choose(relocate.mode, others, relocate.random);
    let choice = choice.ok_or(Error::NoMatchingNode)?;
    Ok(vec![Event::Relocated(Relocated {
        candidates: choice.candidates,
        cluster_id: choice.cluster,
        draw: choice.draw,
        epoch: workload.next_epoch(),
        from_cluster_id: from,
        organization_id: workload.organization,
        passed_over: choice.passed_over,
        profile_id: workload.profile,
        provider_id: workload.provider,
        reason: choice.reason,
    })])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Aggregate,
        placement::Nodes,
        tag::Tag,
        testing::{
            cluster, fold, given, place,
            profile::{profile_id, tenant},
            workload::{placed, relocated, removed, requested, stopped},
        },
        workload::{Command, Placement, Workload},
    };

    fn offer(number: u16, nodes: Nodes) -> Offer {
        Offer { cluster: cluster(number).id, nodes, rank: number, weight: 100 }
    }

    fn leave(number: u16, offers: Vec<Offer>) -> Command {
        let (from, mode) = (cluster(number).id, DeploymentMode::ActivePassive);
        Command::Relocate(Relocate { from, mode, offers, random: 7 })
    }

    fn both() -> Vec<Offer> {
        vec![offer(1, Nodes::Match), offer(2, Nodes::Match)]
    }

    #[test]
    fn a_relocation_goes_to_another_cluster_and_raises_the_epoch() {
        let history = || vec![requested("shop"), placed()];
        given::<Workload>(history()).when(leave(1, both())).then([relocated()]);
        let stopped = history().into_iter().chain([stopped()]);
        given::<Workload>(stopped).when(leave(1, both())).then([relocated()]);
    }

    #[test]
    fn a_workload_that_is_elsewhere_stays_there() {
        let history = || vec![requested("shop"), placed(), relocated()];
        given::<Workload>(history()).when(leave(1, both())).then([]);
        given::<Workload>([requested("shop")]).when(leave(1, both())).then([]);
    }

    #[test]
    fn without_another_cluster_it_is_refused() {
        for offers in [vec![offer(1, Nodes::Match)], vec![offer(2, Nodes::NoneMatch)], vec![]] {
            given::<Workload>([requested("shop"), placed()])
                .when(leave(1, offers))
                .then_refused(Error::NoMatchingNode);
        }
        given::<Workload>([requested("shop"), placed(), removed()])
            .when(leave(1, both()))
            .then_refused(Error::Removed);
    }

    #[test]
    fn the_clusters_that_it_left_are_known_to_its_end() {
        let [first, second] = [1, 2].map(|number| cluster(number).id);
        let moved = fold::<Workload>([requested("shop"), placed(), relocated()]);
        let Workload::Present(workload) = moved.clone() else { panic!("{moved:?}") };
        let epoch = Epoch::FIRST.next();
        assert_eq!(workload.placement, Some(Placement { cluster: second, epoch }));
        assert_eq!(workload.left, [first].into());

        let back = leave(2, both());
        let decided = moved.decide(back).unwrap();
        let returned = decided.iter().fold(moved.clone(), Workload::evolve);
        let Workload::Present(workload) = returned else { panic!("{returned:?}") };
        let epoch = epoch.next();
        assert_eq!(workload.placement, Some(Placement { cluster: first, epoch }));
        assert_eq!(workload.left, [second].into(), "where it is, it has not left");

        let Workload::Removed(gone) = moved.evolve(&removed()) else { panic!() };
        assert_eq!(gone.clusters, [first, second].into());
    }

    #[test]
    fn a_relocation_touches_both_clusters() {
        let id = crate::ids::WorkloadId(uuid::Uuid::nil());
        let tags = Workload::tags(id, &relocated());
        let expected = [
            Tag::cluster(cluster(1).id),
            Tag::cluster(cluster(2).id),
            Tag::organization(tenant()),
            Tag::profile(profile_id()),
            Tag::provider(place().provider),
            Tag::workload(id),
        ];
        assert_eq!(tags, expected);
    }
}
