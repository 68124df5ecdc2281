//! `AddCluster`: one more real cluster behind the provider.

use super::{Cluster, DeploymentMode, Error, Event, Registered};
use serde::{Deserialize, Serialize};

/// A cluster was added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterAdded {
    /// The cluster as registered.
    pub cluster: Cluster,
}

pub(super) fn decide(provider: &Registered, cluster: Cluster) -> Result<Vec<Event>, Error> {
    if provider.clusters.get(&cluster.id) == Some(&cluster) {
        return Ok(vec![]);
    }
    let single = provider.deployment_mode == DeploymentMode::Single;
    if single && !provider.clusters.is_empty() {
        return Err(Error::SingleCluster);
    }
    if provider.clusters.len() >= Registered::CLUSTERS_MAX {
        return Err(Error::TooManyClusters { most: Registered::CLUSTERS_MAX });
    }
    provider.check_beside(&cluster)?;
    Ok(vec![Event::ClusterAdded(ClusterAdded { cluster })])
}
