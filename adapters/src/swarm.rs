//! Drives one Docker Swarm through the API of its managers.
//!
//! **Invariants**
//! - A call ends in time, body included, and a bounded number goes on at once: a Swarm that hangs
//!   holds nothing but its own share.
//! - Any manager will do: when one does not answer, the next is asked, and the one that answered is
//!   asked first from then on.
//! - A write names the version that was read, so it may be repeated.

mod change_node;
mod connect;
mod error;
mod node;

use crate::{
    connector::{Settings, connector},
    credentials::Credentials,
};
use async_trait::async_trait;
use bollard::{Docker, errors::Error as DockerError, query_parameters::EventsOptionsBuilder};
use commands::ports::cluster::{Cluster, Endpoint, Error, NodeChange, Revision, Shown};
use domain::node_observation::Facts;
use futures::StreamExt;
use std::{
    collections::HashMap,
    future::Future,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tokio::{
    sync::{Notify, Semaphore},
    time::timeout,
};

/// How many calls go on at once on one Swarm.
const CALLS_MAX: usize = 8;

/// One Swarm, by all its registered managers.
#[derive(Debug)]
pub struct Swarm {
    managers: Vec<Docker>,
    /// The one that answered last.
    current: AtomicUsize,
    calls: Semaphore,
    call_timeout: Duration,
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
        Ok(Self {
            managers: managers.collect::<Result<_, _>>()?,
            current: AtomicUsize::new(0),
            calls: Semaphore::new(CALLS_MAX),
            call_timeout: settings.call_timeout,
        })
    }

    /// Asks one manager after the other until one answers, whatever it answers.
    async fn call<T, F>(&self, tried: &'static str, ask: impl Fn(Docker) -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, DockerError>>,
    {
        // Never closed, so it always gives its permit.
        let _permit = self.calls.acquire().await;
        let first = self.current.load(Ordering::Relaxed);
        let mut failure = Failure::Late(late(tried, "no address is registered"));
        for turn in 0..self.managers.len() {
            let index = (first + turn) % self.managers.len();
            let answer = timeout(self.call_timeout, ask(self.managers[index].clone())).await;
            let next = match answer {
                Ok(Ok(answer)) => {
                    self.current.store(index, Ordering::Relaxed);
                    return Ok(answer);
                }
                Ok(Err(error)) => Failure::Docker(error),
                Err(_) => Failure::Late(late(tried, "it took too long")),
            };
            if next.is_answer() {
                self.current.store(index, Ordering::Relaxed);
                return Err(next);
            }
            // One that refuses us says more than another that is silent.
            if failure.is_silence() {
                failure = next;
            }
        }
        Err(failure)
    }

    fn current(&self) -> Option<Docker> {
        self.managers.get(self.current.load(Ordering::Relaxed)).cloned()
    }
}

/// Why a call has no result, before it is known what that means for it.
enum Failure {
    Docker(DockerError),
    Late(Error),
}

impl Failure {
    /// Whether somebody answered who may answer; then the next manager would say the same.
    fn is_answer(&self) -> bool {
        match self {
            Self::Docker(error) => error::is_answer(error),
            Self::Late(_) => false,
        }
    }

    /// Whether nothing was said at all.
    fn is_silence(&self) -> bool {
        match self {
            Self::Docker(error) => error::is_silence(error),
            Self::Late(_) => true,
        }
    }

    fn of(self, tried: &'static str) -> Error {
        match self {
            Self::Docker(error) => error::of(tried, error),
            Self::Late(error) => error,
        }
    }
}

fn late(tried: &'static str, why: &'static str) -> Error {
    Error::Unreachable { tried, source: why.into() }
}

#[async_trait]
impl Cluster for Swarm {
    async fn nodes(&self) -> Result<Vec<Facts>, Error> {
        let tried = "list the nodes";
        let list = |docker: Docker| async move { docker.list_nodes(None).await };
        let nodes = self.call(tried, list).await.map_err(|failure| failure.of(tried))?;
        nodes.into_iter().map(node::facts).collect()
    }

    async fn node(&self, native_id: &str) -> Result<Option<Shown>, Error> {
        let tried = "read the node";
        let inspect = |docker: Docker| async move { docker.inspect_node(native_id).await };
        match self.call(tried, inspect).await {
            // An engine also answers to a name, and to the beginning of an id.
            Ok(node) if node.id.as_deref() == Some(native_id) => node::shown(node).map(Some),
            Ok(_) => Ok(None),
            Err(Failure::Docker(error)) if error::is_missing_node(&error) => Ok(None),
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

    async fn follow(&self, changed: &Notify) -> Result<(), Error> {
        let tried = "listen to the cluster";
        // Also finds out which manager answers.
        let ping = |docker: Docker| async move { docker.ping().await };
        self.call(tried, ping).await.map_err(|failure| failure.of(tried))?;
        let Some(docker) = self.current() else { return Ok(()) };
        let filters = HashMap::from([("scope", vec!["swarm"]), ("type", vec!["node"])]);
        let options = EventsOptionsBuilder::new().filters(&filters).build();
        let mut events = docker.events(Some(options));
        changed.notify_one();
        while let Some(event) = events.next().await {
            event.map_err(|error| error::of(tried, error))?;
            changed.notify_one();
        }
        Ok(())
    }
}
