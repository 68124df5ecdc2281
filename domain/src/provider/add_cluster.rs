//! `AddCluster`: one more real cluster behind the provider.

use super::{Cluster, DeploymentMode, Error, Event, Registered, cluster::Field};
use serde::{Deserialize, Serialize};

/// A cluster was added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClusterAdded {
    /// The cluster as registered.
    pub cluster: Cluster,
}

pub(super) fn decide(provider: &Registered, cluster: Cluster) -> Result<Vec<Event>, Error> {
    match provider.clusters.get(&cluster.id) {
        // Added already: a client may retry.
        Some(there) if *there == cluster => return Ok(vec![]),
        // Taking it would overwrite the one that has the id.
        Some(_) => return Err(Error::ClusterTaken(Field::Id)),
        None => {}
    }
    let single = provider.deployment_mode == DeploymentMode::Single;
    if single && !provider.clusters.is_empty() {
        return Err(Error::SingleCluster);
    }
    if provider.clusters.len() >= Registered::CLUSTERS_MAX {
        return Err(Error::TooManyClusters { most: Registered::CLUSTERS_MAX });
    }
    provider.check_beside(&cluster)?;
    cluster.check_fit(provider.kind)?;
    Ok(vec![Event::ClusterAdded(ClusterAdded { cluster })])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        provider::{Command, Provider},
        testing::{cluster, cluster_added, cluster_removed, created, given, name},
    };

    fn beside_the_first(added: Cluster) -> crate::testing::When<Provider> {
        given::<Provider>([created(DeploymentMode::ActivePassive), cluster_added(1)])
            .when(Command::AddCluster(added))
    }

    #[test]
    fn a_cluster_is_added() {
        beside_the_first(cluster(2)).then([cluster_added(2)]);
    }

    #[test]
    fn the_same_cluster_again_changes_nothing() {
        beside_the_first(cluster(1)).then([]);
    }

    #[test]
    fn mode_single_takes_another_cluster_after_its_own_is_gone() {
        let mode = DeploymentMode::Single;
        given::<Provider>([created(mode), cluster_added(1), cluster_removed(1)])
            .when(Command::AddCluster(cluster(2)))
            .then([cluster_added(2)]);
    }

    #[test]
    fn mode_single_takes_no_second_cluster() {
        given::<Provider>([created(DeploymentMode::Single), cluster_added(1)])
            .when(Command::AddCluster(cluster(2)))
            .then_refused(Error::SingleCluster);
    }

    #[test]
    fn an_id_in_use_is_refused_for_another_cluster() {
        beside_the_first(Cluster { id: cluster(1).id, ..cluster(2) })
            .then_refused(Error::ClusterTaken(Field::Id));
    }

    #[test]
    fn a_name_that_reads_the_same_is_refused() {
        beside_the_first(Cluster { name: name("SWARM-1"), ..cluster(2) })
            .then_refused(Error::ClusterTaken(Field::Name));
    }

    #[test]
    fn a_rank_in_use_is_refused() {
        beside_the_first(Cluster { rank: cluster(1).rank, ..cluster(2) })
            .then_refused(Error::ClusterTaken(Field::Rank));
    }

    #[test]
    fn an_address_in_use_is_refused_wherever_it_stands() {
        let taken = || cluster(1).url;
        beside_the_first(Cluster { url: taken(), ..cluster(2) })
            .then_refused(Error::ClusterTaken(Field::Url));
        beside_the_first(Cluster { urls: vec![taken()], ..cluster(2) })
            .then_refused(Error::ClusterTaken(Field::Url));
    }

    #[test]
    fn one_cluster_too_many_is_refused() {
        let most = Registered::CLUSTERS_MAX;
        let full = (1..=most).map(|number| cluster_added(u16::try_from(number).unwrap()));
        given::<Provider>([created(DeploymentMode::ActiveActive)].into_iter().chain(full))
            .when(Command::AddCluster(cluster(200)))
            .then_refused(Error::TooManyClusters { most });
    }

    #[test]
    fn an_unknown_provider_gets_no_cluster() {
        given::<Provider>([]).when(Command::AddCluster(cluster(1))).then_refused(Error::NotFound);
    }
}
