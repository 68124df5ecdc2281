//! `ChangeClusterEndpoint`: a cluster is reached at another address or under another server name.

use super::{Error, Event, Registered};
use crate::{change::Change, cluster_url::ClusterUrl, ids::ClusterId};
use serde::{Deserialize, Serialize};

/// Changes what is given and leaves the rest.
#[derive(Clone, Debug)]
pub struct ChangeClusterEndpoint {
    /// Which cluster.
    pub cluster: ClusterId,
    /// Another address.
    pub url: Option<ClusterUrl>,
    /// Other addresses of further managers.
    pub urls: Option<Vec<ClusterUrl>>,
    /// Another server name; `Some(None)` takes it away.
    pub server_name: Option<Option<String>>,
}

/// A cluster is reached in another way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClusterEndpointChanged {
    /// Which cluster.
    pub cluster_id: ClusterId,
    /// Present if the server name changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<Change<Option<String>>>,
    /// Present if the address changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Change<ClusterUrl>>,
    /// Present if the further addresses changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urls: Option<Change<Vec<ClusterUrl>>>,
}

impl ClusterEndpointChanged {
    pub(super) fn apply(&self, provider: &mut Registered) {
        let Some(cluster) = provider.clusters.get_mut(&self.cluster_id) else { return };
        if let Some(change) = &self.server_name {
            cluster.server_name.clone_from(&change.after);
        }
        if let Some(change) = &self.url {
            cluster.url = change.after.clone();
        }
        if let Some(change) = &self.urls {
            cluster.urls.clone_from(&change.after);
        }
    }
}

pub(super) fn decide(
    provider: &Registered,
    change: ChangeClusterEndpoint,
) -> Result<Vec<Event>, Error> {
    let cluster = provider.clusters.get(&change.cluster).ok_or(Error::ClusterNotFound)?;
    let changed = ClusterEndpointChanged {
        cluster_id: change.cluster,
        server_name: Change::wanted(&cluster.server_name, change.server_name),
        url: Change::wanted(&cluster.url, change.url),
        urls: Change::wanted(&cluster.urls, change.urls),
    };
    if changed.server_name.is_none() && changed.url.is_none() && changed.urls.is_none() {
        return Ok(vec![]);
    }
    let mut after = provider.clone();
    changed.apply(&mut after);
    if let Some(cluster) = after.clusters.get(&change.cluster) {
        provider.check_beside(cluster)?;
    }
    Ok(vec![Event::ClusterEndpointChanged(changed)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        provider::{
            Cluster, Command, DeploymentMode, Provider, add_cluster::ClusterAdded, cluster::Field,
        },
        testing::{When, cluster, cluster_added, created, endpoint_changed, given},
    };

    fn unchanged() -> ChangeClusterEndpoint {
        ChangeClusterEndpoint { cluster: cluster(1).id, url: None, urls: None, server_name: None }
    }

    fn with_two_clusters(change: ChangeClusterEndpoint) -> When<Provider> {
        let mode = DeploymentMode::ActivePassive;
        given::<Provider>([created(mode), cluster_added(1), cluster_added(2)])
            .when(Command::ChangeClusterEndpoint(change))
    }

    #[test]
    fn a_cluster_moves_to_another_address() {
        with_two_clusters(ChangeClusterEndpoint { url: Some(cluster(3).url), ..unchanged() }).then(
            [endpoint_changed(ClusterEndpointChanged {
                cluster_id: cluster(1).id,
                server_name: None,
                url: Some(Change { before: cluster(1).url, after: cluster(3).url }),
                urls: None,
            })],
        );
    }

    #[test]
    fn further_addresses_and_a_server_name_are_given() {
        let server_name = Some(Some("swarm.internal".to_owned()));
        let urls = Some(vec![cluster(3).url]);
        with_two_clusters(ChangeClusterEndpoint { urls, server_name, ..unchanged() }).then([
            endpoint_changed(ClusterEndpointChanged {
                cluster_id: cluster(1).id,
                server_name: Some(Change {
                    before: None,
                    after: Some("swarm.internal".to_owned()),
                }),
                url: None,
                urls: Some(Change { before: vec![], after: vec![cluster(3).url] }),
            }),
        ]);
    }

    #[test]
    fn a_server_name_is_taken_away() {
        let named = Cluster { server_name: Some("swarm.internal".to_owned()), ..cluster(1) };
        given::<Provider>([
            created(DeploymentMode::Single),
            ClusterAdded { cluster: named }.into(),
        ])
        .when(Command::ChangeClusterEndpoint(ChangeClusterEndpoint {
            server_name: Some(None),
            ..unchanged()
        }))
        .then([endpoint_changed(ClusterEndpointChanged {
            cluster_id: cluster(1).id,
            server_name: Some(Change { before: Some("swarm.internal".to_owned()), after: None }),
            url: None,
            urls: None,
        })]);
    }

    #[test]
    fn what_is_there_already_changes_nothing() {
        with_two_clusters(unchanged()).then([]);
        with_two_clusters(ChangeClusterEndpoint {
            cluster: cluster(1).id,
            url: Some(cluster(1).url),
            urls: Some(vec![]),
            server_name: Some(None),
        })
        .then([]);
    }

    #[test]
    fn an_address_of_another_cluster_is_refused() {
        let taken = || cluster(2).url;
        with_two_clusters(ChangeClusterEndpoint { url: Some(taken()), ..unchanged() })
            .then_refused(Error::ClusterTaken(Field::Url));
        with_two_clusters(ChangeClusterEndpoint { urls: Some(vec![taken()]), ..unchanged() })
            .then_refused(Error::ClusterTaken(Field::Url));
    }

    #[test]
    fn a_cluster_of_nobody_has_no_endpoint() {
        with_two_clusters(ChangeClusterEndpoint { cluster: cluster(9).id, ..unchanged() })
            .then_refused(Error::ClusterNotFound);
        given::<Provider>([])
            .when(Command::ChangeClusterEndpoint(unchanged()))
            .then_refused(Error::NotFound);
    }
}
