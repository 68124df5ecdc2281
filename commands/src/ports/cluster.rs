//! One cluster behind a provider. Swarm and Kubernetes are told apart nowhere else.

use async_trait::async_trait;
use domain::{
    availability::Availability,
    label::{Key, Value},
    node_observation::Facts,
    provider,
};
use std::{collections::BTreeMap, sync::Arc};

/// One cluster, as it is now. Nothing here says what it should be.
#[async_trait]
pub trait Cluster: Send + Sync {
    /// Every node that the cluster lists.
    async fn nodes(&self) -> Result<Vec<Facts>, Error>;

    /// One node, read afresh; `None` when the cluster does not list it.
    async fn node(&self, native_id: &str) -> Result<Option<Facts>, Error>;

    /// Changes a node by read, modify and write with its version, and reads again after a lost
    /// race, a bounded number of times. Leaves all that `change` does not name.
    async fn change_node(&self, native_id: &str, change: &NodeChange) -> Result<(), Error>;
}

/// What to change on a node; absent means untouched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeChange {
    /// Labels to write.
    pub set: BTreeMap<Key, Value>,
    /// Labels to take away.
    pub remove: Vec<Key>,
    /// The availability to write.
    pub availability: Option<Availability>,
}

/// Why a cluster did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer in time, or none at all. Says nothing about what the cluster did.
    #[error("the cluster did not answer while trying to {tried}")]
    Unreachable {
        /// Bare verb phrase.
        tried: &'static str,
        /// What the connection said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The cluster answered and refused; trying the same again is pointless until something
    /// changes.
    #[error("the cluster refused to {tried}: {words}")]
    Refused {
        /// Bare verb phrase.
        tried: &'static str,
        /// The engine's own words.
        words: String,
    },
    /// Every attempt lost a race against another writer.
    #[error("other writers were faster {attempts} times while trying to {tried}")]
    Contended {
        /// Bare verb phrase.
        tried: &'static str,
        /// How often it was tried.
        attempts: u32,
    },
    /// This program cannot speak to such a cluster.
    #[error("this version of Berth cannot drive the cluster: {0}")]
    Unsupported(String),
}

/// Finds the connection for a registered cluster.
pub trait Clusters: Send + Sync {
    /// A connection for the cluster as registered now; the same settings get the same connection.
    ///
    /// # Errors
    /// `Error::Unsupported` for what this program cannot speak to.
    fn connect(
        &self,
        kind: provider::Kind,
        cluster: &provider::Cluster,
    ) -> Result<Arc<dyn Cluster>, Error>;
}
