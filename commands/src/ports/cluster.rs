//! One cluster behind a provider. Swarm and Kubernetes are told apart nowhere else.
//!
//! A change names the revision that was read, and the cluster refuses it when the node has moved
//! since. So the caller can read the node *before* it folds its target from the log: then a worker
//! that slept over a newer decision can never write the older one.

use async_trait::async_trait;
use domain::{
    availability::Availability,
    label::{Key, Value},
    node_observation::Facts,
    provider,
};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::Notify;

/// One cluster, as it is now. Nothing here says what it should be.
#[async_trait]
pub trait Cluster: Send + Sync {
    /// Every node that the cluster lists.
    async fn nodes(&self) -> Result<Vec<Facts>, Error>;

    /// One node, read afresh; `None` when the cluster does not list it.
    async fn node(&self, native_id: &str) -> Result<Option<Shown>, Error>;

    /// Changes a node that is still at the revision that was read, once. Leaves all that `change`
    /// does not name.
    async fn change_node(
        &self,
        native_id: &str,
        seen: &Revision,
        change: &NodeChange,
    ) -> Result<(), Error>;

    /// Signals `changed` when it begins to listen and whenever a node may be different, until the
    /// connection ends. A hint only: a link that is cut may keep it silent for ever.
    async fn follow(&self, changed: &Notify) -> Result<(), Error>;
}

/// A node as a cluster showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What was shown.
    pub facts: Facts,
    /// Moves with every change of the node, whoever made it.
    pub revision: Revision,
}

/// The cluster's own name for the state of an object, to be given back with a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision(pub String);

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
    /// No answer in time, or none at all, or nobody there who may answer. Says nothing about what
    /// the cluster did.
    #[error("the cluster did not answer while trying to {tried}")]
    Unreachable {
        /// Bare verb phrase.
        tried: &'static str,
        /// What the connection said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The cluster answered and refused.
    #[error("the cluster refused to {tried}: {words}")]
    Refused {
        /// Bare verb phrase.
        tried: &'static str,
        /// The engine's own words.
        words: String,
    },
    /// The object has moved since it was read: read it and the target again.
    #[error("another writer was faster while trying to {tried}")]
    Overtaken {
        /// Bare verb phrase.
        tried: &'static str,
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
