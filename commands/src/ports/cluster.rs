//! One cluster behind a provider. Swarm and Kubernetes are told apart nowhere else.
//!
//! A change names the revision that was read, and the cluster refuses it when the node has moved
//! since. So the caller can read the node *before* it folds its target from the log: then a worker
//! that slept over a newer decision can never write the older one.

mod endpoint;
mod impact;
pub mod secret;
pub mod workload;

pub use endpoint::Endpoint;
pub use impact::{Budget, Effects, Managers, Outcome, Touched};
pub use secret::Secrets;
pub use workload::Workloads;

use async_trait::async_trait;
use domain::{
    availability::Availability,
    connectivity::{Finding, Report},
    label::{Key, Value},
    node_observation::{Facts, drain::Left},
};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::{Notify, mpsc};

/// One cluster, as it is now. Nothing here says what it should be.
#[async_trait]
pub trait Cluster: Workloads + Secrets + Send + Sync {
    /// The cluster's own id, which stays the same for ever.
    async fn identity(&self) -> Result<String, Error>;

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

    /// Lets what runs on a node that is drained leave it, as far as the engine does not see to that
    /// by itself, and answers what is still there. What belongs to the node itself stays and is not
    /// among it. To be asked again and again: it waits for nothing.
    async fn evacuate(&self, native_id: &str, manner: Manner) -> Result<Remaining, Error>;

    /// What a change of a node would do to what runs there, and to the cluster. Changes nothing.
    async fn impact(
        &self,
        native_id: &str,
        change: &NodeChange,
        manner: Manner,
    ) -> Result<Effects, Error>;

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

/// How what runs on a node is made to leave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// What nobody starts again elsewhere stays, and what has data on this node alone.
    Gentle,
    /// All of it goes.
    Forced,
}

/// What is still on a node that is being drained.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remaining {
    /// What is on its way, or may be soon.
    pub leaving: Vec<Left>,
    /// What goes only by force.
    pub held: Vec<Left>,
}

/// Why a cluster did not do what it was asked. Only silence may be an outage: all else was
/// answered, or never asked.
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
    /// It answers, but nobody there may decide: managers without a leader, or no manager.
    #[error("the cluster has nobody who may decide while trying to {tried}: {words}")]
    ControlPlaneUnavailable {
        /// Bare verb phrase.
        tried: &'static str,
        /// The engine's own words.
        words: String,
    },
    /// It does not accept who Berth says it is: another certificate or token is needed.
    #[error("the cluster rejected the credentials while trying to {tried}: {words}")]
    CredentialsRejected {
        /// Bare verb phrase.
        tried: &'static str,
        /// How it said so.
        words: String,
    },
    /// It could not show that it is the registered one: another authority, name or date.
    #[error("the cluster is not trusted while trying to {tried}: {words}")]
    NotTrusted {
        /// Bare verb phrase.
        tried: &'static str,
        /// What is wrong with what it showed.
        words: String,
    },
    /// It knows who Berth is, and that is not enough.
    #[error("the cluster does not permit to {tried}: {words}")]
    PermissionMissing {
        /// Bare verb phrase.
        tried: &'static str,
        /// The engine's own words.
        words: String,
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
    ApiUnsupported(String),
    /// The credentials that are registered could not be had, so nothing was asked.
    #[error("could not read the credentials of the cluster")]
    NoCredentials(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Whether everything else that is asked of this cluster now would end the same way.
    #[must_use]
    pub fn is_of_whole_cluster(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::ControlPlaneUnavailable { .. }
            | Self::CredentialsRejected { .. }
            | Self::NotTrusted { .. }
            | Self::ApiUnsupported(_)
            | Self::NoCredentials(_) => true,
            Self::PermissionMissing { .. } | Self::Refused { .. } | Self::Overtaken { .. } => false,
        }
    }
}

/// Finds the connection for a registered cluster.
#[async_trait]
pub trait Clusters: Send + Sync {
    /// A connection for a cluster as it is reached now. Equal endpoints get the same connection;
    /// one with other credentials gets another, and the old one is used by nobody new.
    ///
    /// # Errors
    /// `Error::ApiUnsupported` for what this program cannot speak to, `Error::NoCredentials` where
    /// the vault does not give what the endpoint names, `Error::CredentialsRejected` and
    /// `Error::NotTrusted` for what is of no use.
    async fn connect(&self, endpoint: &Endpoint) -> Result<Arc<dyn Cluster>, Error>;

    /// Tests step by step how a cluster is reached, over connections of its own. Each finding is
    /// told as soon as it is known; whoever does not listen to them stops nothing.
    async fn test(
        &self,
        endpoint: &Endpoint,
        owners: &dyn Owners,
        told: mpsc::Sender<Finding>,
    ) -> Report;
}

/// Knows to whom a real cluster belongs.
#[async_trait]
pub trait Owners: Send + Sync {
    /// The one that a real cluster belongs to, in words, unless it may be the one that met it now.
    ///
    /// # Errors
    /// When the log does not answer.
    async fn other(&self, native_id: &str) -> Result<Option<String>, Foreign>;
}

/// An error from the other side of the port.
pub type Foreign = Box<dyn std::error::Error + Send + Sync>;
