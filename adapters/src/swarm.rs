//! Drives one Docker Swarm through the API of its managers.
//!
//! **Invariants**
//! - Any manager will do (`addresses.rs`).
//! - A write names the version that was read, so it may be repeated.

mod change_node;
mod connect;
mod constraint;
mod error;
mod evacuate;
mod impact;
mod interview;
mod life;
mod node;
mod secret;
mod service;
mod workload;

pub(crate) use interview::Interview;

use crate::{
    addresses::{Addresses, Failure, Meaning},
    connector::{Settings, connector},
    credentials::Credentials,
    identity,
};
use async_trait::async_trait;
use bollard::{Docker, query_parameters::EventsOptionsBuilder};
use commands::ports::cluster::{
    Cluster, Effects, Endpoint, Error, Manner, NodeChange, Remaining, Revision, Shown,
};
use domain::node_observation::Facts;
use futures::StreamExt;
use std::collections::HashMap;
use tokio::sync::Notify;

/// One Swarm, by all its registered managers.
#[derive(Debug)]
pub struct Swarm {
    managers: Addresses<Docker>,
}

impl Swarm {
    /// Clients for the managers of a registered cluster. Nothing is asked yet.
    ///
    /// # Errors
    /// For an address that this program may not reach, and for credentials of no use.
    pub fn new(
        endpoint: &Endpoint,
        credentials: &Credentials,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let connector = connector(endpoint, credentials, settings)?;
        let urls = endpoint.cluster.addresses();
        let managers =
            urls.map(|url| connect::docker(url, connector.clone(), settings.call_timeout));
        let managers = managers.collect::<Result<_, _>>()?;
        Ok(Self { managers: Addresses::new(managers, settings.call_timeout) })
    }
}

#[async_trait]
impl Cluster for Swarm {
    async fn identity(&self) -> Result<String, Error> {
        let tried = "ask which Swarm it is";
        let inspect = |docker: Docker| async move { docker.inspect_swarm().await };
        let swarm = self.managers.call(inspect).await.map_err(|failure| failure.of(tried))?;
        identity::checked(swarm.id)
    }

    async fn nodes(&self) -> Result<Vec<Facts>, Error> {
        let tried = "list the nodes";
        let list = |docker: Docker| async move { docker.list_nodes(None).await };
        let nodes = self.managers.call(list).await.map_err(|failure| failure.of(tried))?;
        nodes.into_iter().map(node::facts).collect()
    }

    async fn node(&self, native_id: &str) -> Result<Option<Shown>, Error> {
        let tried = "read the node";
        let inspect = |docker: Docker| async move { docker.inspect_node(native_id).await };
        match self.managers.call(inspect).await {
            // An engine also answers to a name, and to the beginning of an id.
            Ok(node) if node.id.as_deref() == Some(native_id) => node::shown(node).map(Some),
            Ok(_) => Ok(None),
            Err(Failure::Driver(error)) if error::is_missing_node(&error) => Ok(None),
            Err(failure) => Err(failure.of(tried)),
        }
    }

    async fn change_node(
        &self,
        native_id: &str,
        seen: &Revision,
        change: &NodeChange,
    ) -> Result<(), Error> {
        self.change(native_id, seen, change).await
    }

    /// Swarm knows nothing that goes only by force.
    async fn evacuate(&self, native_id: &str, _: Manner) -> Result<Remaining, Error> {
        self.remaining(native_id).await
    }

    async fn impact(
        &self,
        native_id: &str,
        change: &NodeChange,
        _: Manner,
    ) -> Result<Effects, Error> {
        self.effects(native_id, change).await
    }

    async fn follow(&self, changed: &Notify) -> Result<(), Error> {
        let tried = "listen to the cluster";
        // Also finds out which manager answers.
        let ping = |docker: Docker| async move { docker.ping().await };
        self.managers.call(ping).await.map_err(|failure| failure.of(tried))?;
        let Some(docker) = self.managers.current() else { return Ok(()) };
        let filters = HashMap::from([("scope", vec!["swarm"]), ("type", vec!["node"])]);
        let options = EventsOptionsBuilder::new().filters(&filters).build();
        let mut events = docker.events(Some(options));
        changed.notify_one();
        while let Some(event) = events.next().await {
            event.map_err(|error| error.of(tried))?;
            changed.notify_one();
        }
        Ok(())
    }
}
