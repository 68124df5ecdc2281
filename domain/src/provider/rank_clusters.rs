//! `RankClusters`: other ranks and weights. Several clusters at once, so that two can swap ranks:
//! one after the other, each would meet the other's.

use super::{Cluster, Error, Event, Registered, cluster::Field};
use crate::{change::Change, ids::ClusterId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Another rank or weight of one cluster; what is not given stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankCluster {
    /// Which cluster.
    pub cluster: ClusterId,
    /// Its place in the order of fallbacks.
    pub rank: Option<u16>,
    /// Its share of the draws.
    pub weight: Option<u16>,
}

/// Clusters have other ranks or weights; the ranks change all at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClusterRanked {
    /// Each cluster with a change, by id.
    pub clusters: Vec<Ranked>,
}

/// What changed about one cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Ranked {
    /// Which cluster.
    pub cluster_id: ClusterId,
    /// Present if the rank changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<Change<u16>>,
    /// Present if the weight changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Change<u16>>,
}

impl ClusterRanked {
    pub(super) fn apply(&self, provider: &mut Registered) {
        for ranked in &self.clusters {
            let Some(cluster) = provider.clusters.get_mut(&ranked.cluster_id) else { continue };
            if let Some(rank) = &ranked.rank {
                cluster.rank = rank.after;
            }
            if let Some(weight) = &ranked.weight {
                cluster.weight = weight.after;
            }
        }
    }
}

pub(super) fn decide(provider: &Registered, wanted: &[RankCluster]) -> Result<Vec<Event>, Error> {
    let mut after = provider.clone();
    for wanted in wanted {
        let found = after.clusters.get_mut(&wanted.cluster);
        let cluster: &mut Cluster = found.ok_or(Error::ClusterNotFound)?;
        cluster.rank = wanted.rank.unwrap_or(cluster.rank);
        cluster.weight = wanted.weight.unwrap_or(cluster.weight);
    }
    let ranks: BTreeSet<u16> = after.clusters.values().map(|cluster| cluster.rank).collect();
    if ranks.len() < after.clusters.len() {
        return Err(Error::ClusterTaken(Field::Rank));
    }
    Ok(ranked(provider, &after))
}

/// What turns the clusters of one into those of the other.
pub(super) fn ranked(before: &Registered, after: &Registered) -> Vec<Event> {
    let pairs = before.clusters.values().zip(after.clusters.values());
    let changes = pairs.filter_map(|(before, after)| {
        let rank = Change::wanted(&before.rank, Some(after.rank));
        let weight = Change::wanted(&before.weight, Some(after.weight));
        let is_change = rank.is_some() || weight.is_some();
        is_change.then_some(Ranked { cluster_id: before.id, rank, weight })
    });
    let clusters: Vec<Ranked> = changes.collect();
    if clusters.is_empty() {
        vec![]
    } else {
        vec![Event::ClusterRanked(ClusterRanked { clusters })]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        provider::{Command, DeploymentMode, Provider},
        testing::{When, cluster, cluster_added, created, given, ranked},
    };

    fn rank(number: u16, rank: u16) -> RankCluster {
        RankCluster { cluster: cluster(number).id, rank: Some(rank), weight: None }
    }

    fn when(wanted: Vec<RankCluster>) -> When<Provider> {
        let added = [cluster_added(1), cluster_added(2), cluster_added(3)];
        let history = [created(DeploymentMode::ActivePassive)].into_iter().chain(added);
        given::<Provider>(history).when(Command::RankClusters(wanted))
    }

    #[test]
    fn two_clusters_swap_their_ranks() {
        when(vec![rank(2, 1), rank(1, 2)]).then([ranked(&[(1, 1, 2), (2, 2, 1)])]);
    }

    #[test]
    fn a_rank_in_use_is_refused() {
        when(vec![rank(1, 2)]).then_refused(Error::ClusterTaken(Field::Rank));
    }

    #[test]
    fn a_weight_changes_without_the_rank() {
        let weight = Some(Change { before: Cluster::WEIGHT_DEFAULT, after: 7 });
        let cluster_id = cluster(3).id;
        let clusters = vec![Ranked { cluster_id, rank: None, weight }];
        when(vec![RankCluster { cluster: cluster_id, rank: None, weight: Some(7) }])
            .then([ClusterRanked { clusters }.into()]);
    }

    #[test]
    fn what_is_wanted_already_changes_nothing() {
        when(vec![rank(1, 1), rank(2, 2)]).then([]);
        when(vec![]).then([]);
    }

    #[test]
    fn a_cluster_of_nobody_has_no_rank() {
        when(vec![rank(1, 9), rank(4, 4)]).then_refused(Error::ClusterNotFound);
        given::<Provider>([]).when(Command::RankClusters(vec![])).then_refused(Error::NotFound);
    }
}
