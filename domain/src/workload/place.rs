//! `PlaceWorkload`: it gets a cluster, and its epoch goes up.

use super::{Epoch, Error, Event, Requested};
use crate::{
    ids::{ClusterId, OrganizationId, ProfileId, ProviderId},
    placement::{self, Candidate, Draw, Offer, PassedOver, Reason},
    provider::DeploymentMode,
};
use serde::{Deserialize, Serialize};

/// What a cluster is chosen from.
#[derive(Clone, Debug)]
pub struct Place {
    /// How the provider chooses.
    pub mode: DeploymentMode,
    /// The provider's clusters.
    pub offers: Vec<Offer>,
    /// Any number, brought along by the command: what is drawn depends on it.
    pub random: u64,
}

/// A workload got a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Placed {
    /// Everything it was chosen from, the first ranked first.
    pub candidates: Vec<Candidate>,
    /// The cluster.
    pub cluster_id: ClusterId,
    /// The draw, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draw: Option<Draw>,
    /// Which placement of the workload this is.
    pub epoch: Epoch,
    /// Whose workload it is.
    pub organization_id: OrganizationId,
    /// What could not be chosen, and why.
    pub passed_over: Vec<PassedOver>,
    /// Made from which profile.
    pub profile_id: ProfileId,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
    /// Why this cluster.
    pub reason: Reason,
}

pub(super) fn decide(workload: &Requested, place: Place) -> Result<Vec<Event>, Error> {
    // Where it is, it stays: only a failover moves it.
    if workload.placement.is_some() {
        return Ok(vec![]);
    }
    let choice = placement::choose(place.mode, place.offers, place.random);
    let choice = choice.ok_or(Error::NoMatchingNode)?;
    Ok(vec![Event::Placed(Placed {
        candidates: choice.candidates,
        cluster_id: choice.cluster,
        draw: choice.draw,
        epoch: workload.next_epoch(),
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
        placement::{Nodes, Obstacle},
        testing::{
            When, cluster, given, place,
            profile::{profile_id, tenant},
            workload::{placed, removed, requested, stopped},
        },
        workload::{Command, Workload},
    };

    fn offer(number: u16, nodes: Nodes) -> Offer {
        Offer { cluster: cluster(number).id, nodes, rank: number, weight: 100 }
    }

    fn place_on(mode: DeploymentMode, offers: Vec<Offer>, random: u64) -> Command {
        Command::Place(Place { mode, offers, random })
    }

    fn requested_then(mode: DeploymentMode, offers: Vec<Offer>, random: u64) -> When<Workload> {
        given::<Workload>([requested("shop")]).when(place_on(mode, offers, random))
    }

    #[test]
    fn a_workload_is_placed_on_the_only_cluster() {
        requested_then(DeploymentMode::Single, vec![offer(1, Nodes::Match)], 7).then([placed()]);
        requested_then(DeploymentMode::Single, vec![offer(1, Nodes::Unknown)], 7).then([placed()]);
    }

    #[test]
    fn a_draw_is_recorded_with_all_it_was_made_from() {
        let candidate =
            |number| Candidate { cluster_id: cluster(number).id, rank: number, weight: 100 };
        let offers =
            vec![offer(2, Nodes::Match), offer(1, Nodes::Unknown), offer(3, Nodes::NoneMatch)];
        let expected = Placed {
            candidates: vec![candidate(1), candidate(2)],
            cluster_id: cluster(2).id,
            draw: Some(Draw { number: 150, of: 200 }),
            epoch: Epoch::FIRST,
            organization_id: tenant(),
            passed_over: vec![PassedOver {
                cluster_id: cluster(3).id,
                obstacle: Obstacle::NoMatchingNode,
            }],
            profile_id: profile_id(),
            provider_id: place().provider,
            reason: Reason::Drawn,
        };
        requested_then(DeploymentMode::ActiveActive, offers, 950).then([expected.into()]);
    }

    #[test]
    fn without_a_matching_node_there_is_no_placement() {
        requested_then(DeploymentMode::Single, vec![offer(1, Nodes::NoneMatch)], 7)
            .then_refused(Error::NoMatchingNode);
    }

    #[test]
    fn a_placed_workload_stays_where_it_is() {
        let again = || place_on(DeploymentMode::Single, vec![offer(2, Nodes::Match)], 7);
        given::<Workload>([requested("shop"), placed()]).when(again()).then([]);
        given::<Workload>([requested("shop"), placed(), stopped()]).when(again()).then([]);
    }

    #[test]
    fn what_is_not_there_is_not_placed() {
        let place = || place_on(DeploymentMode::Single, vec![offer(1, Nodes::Match)], 7);
        given::<Workload>([]).when(place()).then_refused(Error::NotFound);
        given::<Workload>([requested("shop"), removed()])
            .when(place())
            .then_refused(Error::Removed);
    }
}
