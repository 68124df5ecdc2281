//! Finds the connection for a registered cluster: the one place where kinds are told apart.

use crate::swarm::Swarm;
use commands::ports::cluster::{Cluster, Clusters as Port, Error};
use domain::{ids::ClusterId, outbound::Rules, provider};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How many connections are kept before those that nobody uses are given up.
const KEPT_MAX: usize = 1024;

/// The connections of this process, one a cluster.
pub struct Clusters {
    call_timeout: Duration,
    rules: Arc<Rules>,
    kept: Mutex<HashMap<ClusterId, Kept>>,
}

struct Kept {
    kind: provider::Kind,
    settings: provider::Cluster,
    connection: Arc<dyn Cluster>,
}

impl Clusters {
    /// Connections to addresses that the rules admit, on which one call to one address may take so
    /// long.
    #[must_use]
    pub fn new(call_timeout: Duration, rules: Arc<Rules>) -> Self {
        Self { call_timeout, rules, kept: Mutex::default() }
    }
}

impl Port for Clusters {
    fn connect(
        &self,
        kind: provider::Kind,
        cluster: &provider::Cluster,
    ) -> Result<Arc<dyn Cluster>, Error> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.get(&cluster.id)
            && found.kind == kind
            && found.settings == *cluster
        {
            return Ok(Arc::clone(&found.connection));
        }
        let connection: Arc<dyn Cluster> = match kind {
            provider::Kind::Swarm => Arc::new(Swarm::new(cluster, self.call_timeout, &self.rules)?),
            provider::Kind::Kubernetes => {
                return Err(Error::Unsupported("it cannot speak to Kubernetes yet".to_owned()));
            }
        };
        if kept.len() >= KEPT_MAX {
            kept.retain(|_, kept| Arc::strong_count(&kept.connection) > 1);
        }
        let settings = cluster.clone();
        let new = Kept { kind, settings, connection: Arc::clone(&connection) };
        kept.insert(cluster.id, new);
        Ok(connection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{cluster_url::ClusterUrl, testing::cluster};
    use provider::Kind;

    #[test]
    fn the_same_settings_get_the_same_connection() {
        let clusters = Clusters::new(Duration::from_secs(1), Arc::default());
        let connect = |cluster: &provider::Cluster| clusters.connect(Kind::Swarm, cluster).unwrap();
        let (first, mut moved) = (cluster(1), cluster(1));
        moved.url = ClusterUrl::parse("http://10.9.1.2:2375").unwrap();
        let connection = connect(&first);
        assert!(Arc::ptr_eq(&connection, &connect(&first)));
        assert!(!Arc::ptr_eq(&connection, &connect(&moved)));
    }

    #[test]
    fn a_kind_that_cannot_be_driven_says_so() {
        let refused = Clusters::new(Duration::from_secs(1), Arc::default())
            .connect(Kind::Kubernetes, &cluster(1));
        assert!(matches!(refused.map(drop), Err(Error::Unsupported(_))));
    }
}
