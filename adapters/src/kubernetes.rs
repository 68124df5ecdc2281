//! Drives one Kubernetes cluster through its API.
//!
//! **Invariants**
//! - A node is its uid: one that comes back under the name of another is another. The API reads by
//!   name, so the name of each uid is remembered, and what is read must still have the uid.
//! - A write names the version that was read, so it may be repeated, and says nothing of what it
//!   does not change.
//! - `drain` cordons a node and marks it; its pods move by evictions (`evacuate.rs`), each of which
//!   names the uid of the pod.

mod connect;
mod error;
mod evacuate;
mod impact;
mod interview;
mod life;
mod manifest;
mod node;
mod pod;
mod quantity;
mod schedulable;
mod secret;
mod workload;

pub(crate) use interview::Interview;

use crate::{
    addresses::{Addresses, Failure},
    connector::{Settings, connector},
    credentials::Credentials,
    identity,
};
use async_trait::async_trait;
use commands::ports::cluster::{
    Cluster, Effects, Endpoint, Error, Manner, NodeChange, Remaining, Revision, Shown,
};
use domain::node_observation::Facts;
use futures::StreamExt;
use k8s_openapi::api::core::v1::{Namespace, Node};
use kube::{
    Api, Client, Error as KubeError,
    api::{ListParams, Patch, PatchParams, WatchEvent, WatchParams},
};
use std::{
    collections::HashMap,
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::timeout};

/// Who owns the fields that Berth writes.
const MANAGER: &str = "berth";
/// Never removed, so its uid is that of the cluster.
const ETERNAL: &str = "kube-system";
/// Nodes that one call lists.
const PAGE_NODES: u32 = 500;
/// More pages than any cluster has.
const PAGES_MAX: usize = 100;
/// A watch is ended by the API server after so many seconds, and begins anew.
const WATCH_SECONDS: u32 = 290;

/// One Kubernetes cluster, by all its registered addresses.
pub struct Kubernetes {
    addresses: Addresses<Client>,
    call_timeout: Duration,
    /// The names of the nodes that were listed last, by their uids.
    names: Mutex<HashMap<String, String>>,
}

impl Kubernetes {
    /// Clients for the addresses of a registered cluster. Nothing is asked yet.
    ///
    /// # Errors
    /// For an address that this program may not reach, and for credentials of no use.
    pub fn new(
        endpoint: &Endpoint,
        credentials: &Credentials,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let connector = connector(endpoint, credentials, settings)?;
        let token = credentials.token.as_ref();
        let urls = endpoint.cluster.addresses();
        let clients = urls.map(|url| connect::client(url, connector.clone(), token));
        let clients = clients.collect::<Result<_, _>>()?;
        let call_timeout = settings.call_timeout;
        Ok(Self {
            addresses: Addresses::new(clients, call_timeout),
            call_timeout,
            names: Mutex::default(),
        })
    }

    async fn call<T, F>(&self, ask: impl Fn(Api<Node>) -> F) -> Result<T, Failure<KubeError>>
    where
        F: Future<Output = Result<T, KubeError>>,
    {
        self.addresses.call(|client| ask(Api::all(client))).await
    }

    fn names(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every node, page by page.
    async fn list(&self, tried: &'static str) -> Result<Vec<Node>, Error> {
        let (mut all, mut page) = (Vec::new(), ListParams::default().limit(PAGE_NODES));
        for _ in 0..PAGES_MAX {
            let params = &page;
            let listed = self.call(|nodes| async move { nodes.list(params).await }).await;
            let listed = listed.map_err(|failure| failure.of(tried))?;
            all.extend(listed.items);
            match listed.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => page = page.continue_token(&token),
                None => {
                    *self.names() = all.iter().filter_map(named).collect();
                    return Ok(all);
                }
            }
        }
        Err(Error::ApiUnsupported(format!("it lists nodes on more than {PAGES_MAX} pages")))
    }

    /// The name of a node, unless the cluster does not list it.
    async fn name(&self, tried: &'static str, uid: &str) -> Result<Option<String>, Error> {
        if let Some(name) = self.names().get(uid).cloned() {
            return Ok(Some(name));
        }
        self.list(tried).await?;
        Ok(self.names().get(uid).cloned())
    }
}

fn named(node: &Node) -> Option<(String, String)> {
    Some((node.metadata.uid.clone()?, node.metadata.name.clone()?))
}

#[async_trait]
impl Cluster for Kubernetes {
    async fn identity(&self) -> Result<String, Error> {
        let ask = |client: Client| async move { Api::<Namespace>::all(client).get(ETERNAL).await };
        match self.addresses.call(ask).await {
            Ok(namespace) => identity::checked(namespace.metadata.uid),
            Err(Failure::Driver(error)) if error::is_missing(&error) => {
                Err(Error::ApiUnsupported(format!("it has no namespace `{ETERNAL}`")))
            }
            Err(failure) => Err(failure.of("ask which cluster it is")),
        }
    }

    async fn nodes(&self) -> Result<Vec<Facts>, Error> {
        self.list("list the nodes").await?.into_iter().map(node::facts).collect()
    }

    async fn node(&self, native_id: &str) -> Result<Option<Shown>, Error> {
        let tried = "read the node";
        let Some(name) = self.name(tried, native_id).await? else { return Ok(None) };
        let name = name.as_str();
        match self.call(|nodes| async move { nodes.get(name).await }).await {
            Ok(node) if node.metadata.uid.as_deref() == Some(native_id) => {
                node::shown(node).map(Some)
            }
            Ok(_) => Ok(None),
            Err(Failure::Driver(error)) if error::is_missing(&error) => Ok(None),
            Err(failure) => Err(failure.of(tried)),
        }
    }

    async fn change_node(
        &self,
        native_id: &str,
        seen: &Revision,
        change: &NodeChange,
    ) -> Result<(), Error> {
        let tried = "change the node";
        let gone = || Error::Overtaken { tried };
        let name = self.name(tried, native_id).await?.ok_or_else(gone)?;
        let params = PatchParams { field_manager: Some(MANAGER.to_owned()), ..Default::default() };
        // The version is of this node and of no other, so it says which uid is meant as well.
        let patch = Patch::Merge(node::patch(seen, change));
        let (name, params, patch) = (name.as_str(), &params, &patch);
        let changed = self.call(|nodes| async move { nodes.patch(name, params, patch).await });
        match changed.await {
            Ok(_) => Ok(()),
            // A node that is gone meanwhile has moved, too: the caller reads again and sees it.
            Err(Failure::Driver(error)) if error::is_missing(&error) => Err(gone()),
            Err(failure) => Err(failure.of(tried)),
        }
    }

    async fn evacuate(&self, native_id: &str, manner: Manner) -> Result<Remaining, Error> {
        self.remaining(native_id, manner).await
    }

    async fn impact(
        &self,
        native_id: &str,
        change: &NodeChange,
        manner: Manner,
    ) -> Result<Effects, Error> {
        self.effects(native_id, change, manner).await
    }

    async fn follow(&self, changed: &Notify) -> Result<(), Error> {
        let tried = "listen to the cluster";
        let one = &ListParams::default().limit(1);
        // Also finds out which address answers.
        let listed = self.call(|nodes| async move { nodes.list(one).await }).await;
        let listed = listed.map_err(|failure| failure.of(tried))?;
        let (Some(client), Some(version)) =
            (self.addresses.current(), listed.metadata.resource_version)
        else {
            return Ok(());
        };
        let nodes = Api::<Node>::all(client);
        let params = WatchParams::default().timeout(WATCH_SECONDS);
        let began = timeout(self.call_timeout, nodes.watch(&params, &version)).await;
        let late = || Failure::<KubeError>::Late("it took too long").of(tried);
        let events = began.map_err(|_| late())?;
        let events = events.map_err(|error| Failure::Driver(error).of(tried))?;
        changed.notify_one();
        let mut events = std::pin::pin!(events);
        let mut shown = HashMap::new();
        while let Some(event) = events.next().await {
            match event.map_err(|error| Failure::Driver(error).of(tried))? {
                WatchEvent::Added(node) | WatchEvent::Modified(node) => {
                    // Most of what a node says of itself is nothing that Berth shows.
                    let facts = node::facts(node)?;
                    if shown.insert(facts.native_id.clone(), facts.clone()) != Some(facts) {
                        changed.notify_one();
                    }
                }
                WatchEvent::Deleted(node) => {
                    node.metadata.uid.and_then(|uid| shown.remove(&uid));
                    changed.notify_one();
                }
                WatchEvent::Bookmark(_) => {}
                WatchEvent::Error(status) => return Err(error::answered(tried, &status)),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
