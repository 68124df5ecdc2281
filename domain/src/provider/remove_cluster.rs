//! `RemoveCluster`: the provider no longer has this cluster. Nothing on the cluster is touched.

use super::{Error, Event, Registered};
use crate::ids::ClusterId;
use serde::{Deserialize, Serialize};

/// A cluster was taken from its provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterRemoved {
    /// Which cluster.
    pub cluster_id: ClusterId,
}

pub(super) fn decide(provider: &Registered, id: ClusterId) -> Result<Vec<Event>, Error> {
    if !provider.clusters.contains_key(&id) {
        return Err(Error::ClusterNotFound);
    }
    if provider.enabled && provider.clusters.len() == 1 {
        return Err(Error::LastCluster);
    }
    Ok(vec![Event::ClusterRemoved(ClusterRemoved { cluster_id: id })])
}
