//! `RemoveCluster`: the provider no longer has this cluster. Nothing on the cluster is touched, so
//! no workload may be placed there: nobody could reach it any more.

use super::{Error, Event, Registered, User};
use crate::ids::ClusterId;
use serde::{Deserialize, Serialize};

/// Takes a cluster from its provider.
#[derive(Clone, Debug)]
pub struct RemoveCluster {
    /// Which one.
    pub cluster: ClusterId,
    /// Those that use the provider.
    pub users: Vec<User>,
}

/// A cluster was taken from its provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClusterRemoved {
    /// Which cluster.
    pub cluster_id: ClusterId,
}

pub(super) fn decide(provider: &Registered, remove: RemoveCluster) -> Result<Vec<Event>, Error> {
    let id = remove.cluster;
    if !provider.clusters.contains_key(&id) {
        return Err(Error::ClusterNotFound);
    }
    if provider.enabled && provider.clusters.len() == 1 {
        return Err(Error::LastCluster);
    }
    let placed = remove.users.into_iter().filter(|user| user.cluster == Some(id));
    let placed: Vec<User> = placed.collect();
    if !placed.is_empty() {
        return Err(Error::ClusterUsed(placed));
    }
    Ok(vec![Event::ClusterRemoved(ClusterRemoved { cluster_id: id })])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        provider::{Command, DeploymentMode, Provider},
        testing::{cluster, cluster_added, cluster_removed, created, enabled, given, user},
    };

    fn remove(number: u16) -> Command {
        Command::RemoveCluster(RemoveCluster { cluster: cluster(number).id, users: vec![] })
    }

    #[test]
    fn a_cluster_of_a_disabled_provider_is_removed_even_the_last() {
        given::<Provider>([created(DeploymentMode::Single), cluster_added(1)])
            .when(remove(1))
            .then([cluster_removed(1)]);
    }

    #[test]
    fn an_enabled_provider_may_lose_all_clusters_but_one() {
        let mode = DeploymentMode::ActivePassive;
        given::<Provider>([created(mode), cluster_added(1), cluster_added(2), enabled()])
            .when(remove(1))
            .then([cluster_removed(1)]);
    }

    #[test]
    fn the_last_cluster_of_an_enabled_provider_stays() {
        given::<Provider>([created(DeploymentMode::Single), cluster_added(1), enabled()])
            .when(remove(1))
            .then_refused(Error::LastCluster);
    }

    #[test]
    fn a_cluster_removed_already_is_no_longer_found() {
        let mode = DeploymentMode::Single;
        given::<Provider>([created(mode), cluster_added(1), cluster_removed(1)])
            .when(remove(1))
            .then_refused(Error::ClusterNotFound);
    }

    #[test]
    fn a_cluster_of_nobody_is_not_found() {
        given::<Provider>([created(DeploymentMode::Single)])
            .when(remove(1))
            .then_refused(Error::ClusterNotFound);
        given::<Provider>([]).when(remove(1)).then_refused(Error::NotFound);
    }

    #[test]
    fn a_cluster_with_workloads_stays() {
        let placed = |on: u16| User { cluster: Some(cluster(on).id), ..user(on) };
        let remove = |number: u16| {
            let users = vec![placed(1), user(9)];
            Command::RemoveCluster(RemoveCluster { cluster: cluster(number).id, users })
        };
        let history =
            || [created(DeploymentMode::ActivePassive), cluster_added(1), cluster_added(2)];
        given::<Provider>(history())
            .when(remove(1))
            .then_refused(Error::ClusterUsed(vec![placed(1)]));
        given::<Provider>(history()).when(remove(2)).then([cluster_removed(2)]);
    }
}
