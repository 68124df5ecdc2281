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
