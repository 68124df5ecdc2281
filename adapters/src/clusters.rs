//! Finds the connection for a registered cluster: the one place where kinds are told apart.

use crate::{
    connectivity, connector::Settings, credentials::Credentials, kubernetes::Kubernetes,
    swarm::Swarm,
};
use async_trait::async_trait;
use commands::ports::{
    Vault,
    cluster::{Cluster, Clusters as Port, Endpoint, Error, Owners},
};
use domain::{
    connectivity::{Finding, Report},
    ids::ClusterId,
    provider::Kind,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{OnceCell, mpsc};

/// How many connections are kept before those that nobody uses are given up.
const KEPT_MAX: usize = 1024;

/// The connections of this process, one a cluster, each with the credentials of its endpoint.
pub struct Clusters {
    settings: Settings,
    vault: Arc<dyn Vault>,
    kept: Mutex<HashMap<ClusterId, Arc<Kept>>>,
}

/// A connection, or the place for it while its credentials are being read.
struct Kept {
    endpoint: Endpoint,
    connection: OnceCell<Arc<dyn Cluster>>,
}

impl Kept {
    fn is_used(&self) -> bool {
        self.connection.get().is_none_or(|connection| Arc::strong_count(connection) > 1)
    }
}

impl Clusters {
    /// Connections with credentials out of a vault.
    #[must_use]
    pub fn new(settings: Settings, vault: Arc<dyn Vault>) -> Self {
        Self { settings, vault, kept: Mutex::default() }
    }

    /// The place of an endpoint. Another endpoint of the same cluster loses its place, and what was
    /// connected there ends with those who use it.
    fn place(&self, endpoint: &Endpoint) -> Arc<Kept> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.get(&endpoint.cluster.id)
            && found.endpoint == *endpoint
        {
            return Arc::clone(found);
        }
        if kept.len() >= KEPT_MAX {
            kept.retain(|_, kept| kept.is_used());
        }
        let new = Arc::new(Kept { endpoint: endpoint.clone(), connection: OnceCell::new() });
        kept.insert(endpoint.cluster.id, Arc::clone(&new));
        new
    }

    async fn open(&self, endpoint: &Endpoint) -> Result<Arc<dyn Cluster>, Error> {
        let credentials = Credentials::read(&*self.vault, endpoint).await?;
        match endpoint.kind {
            Kind::Swarm => Ok(Arc::new(Swarm::new(endpoint, &credentials, &self.settings)?)),
            Kind::Kubernetes => {
                Ok(Arc::new(Kubernetes::new(endpoint, &credentials, &self.settings)?))
            }
        }
    }
}

#[async_trait]
impl Port for Clusters {
    async fn connect(&self, endpoint: &Endpoint) -> Result<Arc<dyn Cluster>, Error> {
        let place = self.place(endpoint);
        // Whoever comes meanwhile waits for the one that is being opened; a failure is not kept.
        place.connection.get_or_try_init(|| self.open(endpoint)).await.cloned()
    }

    async fn test(
        &self,
        endpoint: &Endpoint,
        owners: &dyn Owners,
        told: mpsc::Sender<Finding>,
    ) -> Report {
        let credentials = Credentials::read(&*self.vault, endpoint).await;
        connectivity::test(&self.settings, endpoint, credentials, owners, told).await
    }
}

#[cfg(test)]
mod tests;
