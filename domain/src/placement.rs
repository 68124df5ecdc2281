//! Which cluster of a provider a workload goes to.
//!
//! Pure: what is known of the clusters goes in, and where the mode wants chance, a random number
//! that the command brought along. What comes out is recorded whole, so that anybody can draw again
//! from the event and get the same cluster.

pub mod matching;

use crate::{ids::ClusterId, provider::DeploymentMode};
use serde::{Deserialize, Serialize};

/// What is known of the nodes of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nodes {
    /// Nobody has seen any yet.
    Unknown,
    /// At least one matches the profile and takes work.
    Match,
    /// There are nodes, and none of them matches and takes work.
    NoneMatch,
}

/// A cluster, as it can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Which cluster.
    pub cluster: ClusterId,
    /// What is known of its nodes.
    pub nodes: Nodes,
    /// Its place in the order of fallbacks.
    pub rank: u16,
    /// Its share of the draws.
    pub weight: u16,
}

/// A cluster that could have been chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// Which cluster.
    pub cluster_id: ClusterId,
    /// Its place in the order of fallbacks.
    pub rank: u16,
    /// Its share of the draws.
    pub weight: u16,
}

/// A cluster that could not be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PassedOver {
    /// Which cluster.
    pub cluster_id: ClusterId,
    /// Why not.
    pub obstacle: Obstacle,
}

/// Why a cluster could not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// None of its nodes matches the profile and takes work.
    NoMatchingNode,
}

/// Why a cluster was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It was drawn.
    Drawn,
    /// It stands first in the order of fallbacks.
    FirstRanked,
    /// The provider has no other.
    OnlyCluster,
}

/// A draw among candidates: each has as many numbers as its weight, in the order in which they are
/// recorded, and the one that has the drawn number is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// The number that was drawn, counted from 0.
    pub number: u32,
    /// How many numbers there were: the sum of the weights.
    pub of: u32,
}

/// A cluster that was chosen, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The cluster.
    pub cluster: ClusterId,
    /// Everything it was chosen from, the first ranked first.
    pub candidates: Vec<Candidate>,
    /// What could not be chosen.
    pub passed_over: Vec<PassedOver>,
    /// Why this one.
    pub reason: Reason,
    /// The draw, where there was one.
    pub draw: Option<Draw>,
}

/// Chooses a cluster; none where no cluster can be chosen.
#[must_use]
pub fn choose(mode: DeploymentMode, mut offers: Vec<Offer>, random: u64) -> Option<Choice> {
    offers.sort_unstable_by_key(|offer| (offer.rank, offer.cluster));
    let (open, closed): (Vec<_>, Vec<_>) =
        offers.into_iter().partition(|offer| offer.nodes != Nodes::NoneMatch);
    let candidates: Vec<Candidate> = open
        .into_iter()
        .map(|Offer { cluster, nodes: _, rank, weight }| Candidate {
            cluster_id: cluster,
            rank,
            weight,
        })
        .collect();
    let first = candidates.first()?.cluster_id;
    let (cluster, reason, draw) = match mode {
        DeploymentMode::Single => (first, Reason::OnlyCluster, None),
        DeploymentMode::ActivePassive => (first, Reason::FirstRanked, None),
        DeploymentMode::ActiveActive => {
            let draw = draw(&candidates, random)?;
            (holder(&candidates, draw.number)?, Reason::Drawn, Some(draw))
        }
    };
    let passed_over = closed
        .into_iter()
        .map(|offer| PassedOver { cluster_id: offer.cluster, obstacle: Obstacle::NoMatchingNode })
        .collect();
    Some(Choice { cluster, candidates, passed_over, reason, draw })
}

fn draw(candidates: &[Candidate], random: u64) -> Option<Draw> {
    let of: u32 = candidates.iter().map(|candidate| u32::from(candidate.weight)).sum();
    // 2^64 numbers fall on so few that no cluster gains anything by the rest.
    let number = random.checked_rem(of.into())?;
    Some(Draw { number: u32::try_from(number).ok()?, of })
}

/// Who has the drawn number.
#[must_use]
pub fn holder(candidates: &[Candidate], number: u32) -> Option<ClusterId> {
    let mut end = 0;
    candidates
        .iter()
        .find(|candidate| {
            end += u32::from(candidate.weight);
            number < end
        })
        .map(|candidate| candidate.cluster_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::cluster;

    fn offer(number: u16, nodes: Nodes) -> Offer {
        Offer { cluster: cluster(number).id, nodes, rank: number, weight: number * 100 }
    }

    fn chosen(mode: DeploymentMode, offers: &[Offer], random: u64) -> ClusterId {
        choose(mode, offers.to_vec(), random).unwrap().cluster
    }

    #[test]
    fn mode_single_takes_its_only_cluster_also_while_no_node_is_known() {
        for nodes in [Nodes::Unknown, Nodes::Match] {
            let choice = choose(DeploymentMode::Single, vec![offer(1, nodes)], 7).unwrap();
            assert_eq!((choice.cluster, choice.reason), (cluster(1).id, Reason::OnlyCluster));
            assert_eq!((choice.draw, choice.passed_over), (None, vec![]));
        }
    }

    #[test]
    fn active_passive_takes_the_first_ranked_whatever_the_order_it_is_told_in() {
        let offers = [offer(3, Nodes::Match), offer(1, Nodes::Unknown), offer(2, Nodes::Match)];
        let choice = choose(DeploymentMode::ActivePassive, offers.to_vec(), 7).unwrap();
        assert_eq!((choice.cluster, choice.reason), (cluster(1).id, Reason::FirstRanked));
        let ranks: Vec<_> = choice.candidates.iter().map(|candidate| candidate.rank).collect();
        assert_eq!(ranks, [1, 2, 3]);
    }

    #[test]
    fn a_cluster_without_a_matching_node_is_passed_over_and_named() {
        let offers =
            [offer(1, Nodes::NoneMatch), offer(2, Nodes::Match), offer(3, Nodes::NoneMatch)];
        let choice = choose(DeploymentMode::ActivePassive, offers.to_vec(), 0).unwrap();
        assert_eq!(choice.cluster, cluster(2).id);
        let passed: Vec<_> = choice.passed_over.iter().map(|passed| passed.cluster_id).collect();
        assert_eq!(passed, [cluster(1).id, cluster(3).id]);
    }

    #[test]
    fn where_no_cluster_has_a_matching_node_none_is_chosen() {
        let offers = || vec![offer(1, Nodes::NoneMatch), offer(2, Nodes::NoneMatch)];
        for mode in
            [DeploymentMode::Single, DeploymentMode::ActivePassive, DeploymentMode::ActiveActive]
        {
            assert_eq!(choose(mode, offers(), 7), None);
            assert_eq!(choose(mode, vec![], 7), None);
        }
    }

    #[test]
    fn each_cluster_is_drawn_as_often_as_its_weight_says() {
        let offers = [offer(1, Nodes::Match), offer(2, Nodes::Match), offer(3, Nodes::NoneMatch)];
        let mut drawn = [0, 0];
        for random in 0..300 {
            let cluster_drawn = chosen(DeploymentMode::ActiveActive, &offers, random);
            drawn[usize::from(cluster_drawn == cluster(2).id)] += 1;
        }
        assert_eq!(drawn, [100, 200]);
    }

    #[test]
    fn a_draw_can_be_repeated_from_what_is_recorded() {
        let offers = [offer(1, Nodes::Match), offer(2, Nodes::Unknown), offer(3, Nodes::Match)];
        for random in [0, 99, 100, 299, 300, 599, 600, u64::MAX] {
            let choice = choose(DeploymentMode::ActiveActive, offers.to_vec(), random).unwrap();
            let draw = choice.draw.unwrap();
            assert_eq!((draw.of, u64::from(draw.number)), (600, random % 600));
            assert_eq!(holder(&choice.candidates, draw.number), Some(choice.cluster));
        }
    }

    #[test]
    fn a_number_that_was_not_in_the_draw_has_no_holder() {
        let candidate = Candidate { cluster_id: cluster(1).id, rank: 1, weight: 100 };
        assert_eq!(holder(&[candidate], 100), None);
        assert_eq!(holder(&[], 0), None);
    }
}
