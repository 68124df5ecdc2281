//! Faults that reality does not make on demand: a worker that sleeps at the worst moment, an engine
//! that refuses.

mod objects;

use crate::fuse::Fuse;
use async_trait::async_trait;
use commands::ports::{
    Cluster, Clusters,
    cluster::{
        Effects, Endpoint, Error, Manner, NodeChange, Owners, Remaining, Revision, Shown, secret,
        workload::Target,
    },
    vault::Secret,
};
use domain::{
    availability::Availability,
    connectivity::{Finding, Outcome, Report, Step},
    ids::WorkloadId,
    node_observation::{Facts, drain::Left},
};
use futures::future::BoxFuture;
use std::{
    collections::BTreeMap,
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    runtime::Handle,
    sync::{Notify, mpsc},
    task::block_in_place,
};

/// What the fake cluster calls itself.
pub(crate) const NATIVE_ID: &str = "fake";

/// What others do in the middle of a call.
#[derive(Default)]
pub(crate) struct Meanwhile(Mutex<Option<BoxFuture<'static, ()>>>);

impl Meanwhile {
    pub(crate) fn set(&self, others: impl Future<Output = ()> + Send + 'static) {
        *self.0.lock().unwrap() = Some(Box::pin(others));
    }

    /// The same for what waits in a way that no other thread could go on with.
    pub(crate) fn act(&self, others: impl AsyncFnOnce() + Send + 'static) {
        self.set(async {
            let handle = Handle::current();
            block_in_place(|| handle.block_on(others()));
        });
    }

    pub(crate) async fn happen(&self) {
        let others = self.0.lock().unwrap().take();
        if let Some(others) = others {
            others.await;
        }
    }
}

/// Nodes that are whatever a story wants, each with a revision that moves with every write.
#[derive(Default)]
pub(crate) struct FakeCluster {
    pub(crate) nodes: Mutex<BTreeMap<String, (Facts, u64)>>,
    /// What was made of workloads; all that is to run runs at once.
    pub(crate) workloads: Mutex<BTreeMap<WorkloadId, (Target, u64)>>,
    /// What was made of secrets, by name, with the value.
    pub(crate) secrets: Mutex<BTreeMap<String, (secret::Object, Secret)>>,
    /// Counts them, for an id that no other has.
    pub(crate) made: AtomicUsize,
    /// Said to whoever changes a node.
    pub(crate) refusal: Mutex<Option<String>>,
    /// Happens once, while whoever is to read a node sleeps.
    pub(crate) before_read: Meanwhile,
    /// Happens once, after a node was read and before whoever read it knows.
    pub(crate) after_read: Meanwhile,
    pub(crate) writes: AtomicUsize,
    /// What runs on the only node that is drained; each look lets the last of it go.
    pub(crate) running: Mutex<Vec<Left>>,
}

impl FakeCluster {
    pub(crate) fn put(&self, facts: Facts) {
        let mut nodes = self.nodes.lock().unwrap();
        let revision = nodes.get(&facts.native_id).map_or(1, |(_, revision)| revision + 1);
        nodes.insert(facts.native_id.clone(), (facts, revision));
    }

    pub(crate) fn facts(&self, native_id: &str) -> Facts {
        self.nodes.lock().unwrap()[native_id].0.clone()
    }

    fn change(&self, native_id: &str, seen: &Revision, change: &NodeChange) -> Result<(), Error> {
        let tried = "change the node";
        if let Some(words) = self.refusal.lock().unwrap().clone() {
            return Err(Error::Refused { tried, words });
        }
        let mut nodes = self.nodes.lock().unwrap();
        let (facts, revision) = nodes.get_mut(native_id).ok_or(Error::Overtaken { tried })?;
        if seen.0 != revision.to_string() {
            return Err(Error::Overtaken { tried });
        }
        for key in &change.remove {
            facts.labels.remove(key.as_str());
        }
        for (key, value) in &change.set {
            facts.labels.insert(key.as_str().to_owned(), value.as_str().to_owned());
        }
        facts.availability = change.availability.unwrap_or(facts.availability);
        *revision += 1;
        self.writes.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// Reaches one fake cluster, whatever is registered.
pub(crate) struct Fakes {
    pub(crate) cluster: Arc<FakeCluster>,
    pub(crate) fuse: Arc<Fuse>,
}

#[async_trait]
impl Clusters for Fakes {
    async fn connect(&self, _: &Endpoint) -> Result<Arc<dyn Cluster>, Error> {
        let (cluster, fuse) = (Arc::clone(&self.cluster), Arc::clone(&self.fuse));
        Ok(Arc::new(Connection { cluster, fuse }))
    }
    /// Takes every step, each a call that may break, and finds nothing wrong.
    async fn test(
        &self,
        endpoint: &Endpoint,
        owners: &dyn Owners,
        told: mpsc::Sender<Finding>,
    ) -> Report {
        let mut report = Report { native_id: Some(NATIVE_ID.to_owned()), ..Report::default() };
        for step in Step::ALL {
            let took = async {
                if step == Step::Identity {
                    drop(owners.other(NATIVE_ID).await);
                }
                Ok(())
            };
            drop(self.fuse.around(took, cluster_broke).await);
            let finding = Finding {
                detail: "as it should be".to_owned(),
                outcome: Outcome::Passed,
                remedy: None,
                step,
                took_milliseconds: 1,
                url: endpoint.cluster.url.clone(),
            };
            report.findings.push(finding.clone());
            told.send(finding).await.unwrap();
        }
        report
    }
}

struct Connection {
    cluster: Arc<FakeCluster>,
    fuse: Arc<Fuse>,
}

fn cluster_broke() -> Error {
    Error::Unreachable { tried: "go on", source: "the process died".into() }
}

#[async_trait]
impl Cluster for Connection {
    async fn identity(&self) -> Result<String, Error> {
        self.fuse.around(async { Ok(NATIVE_ID.to_owned()) }, cluster_broke).await
    }
    async fn nodes(&self) -> Result<Vec<Facts>, Error> {
        let nodes = async {
            Ok(self
                .cluster
                .nodes
                .lock()
                .unwrap()
                .values()
                .map(|(facts, _)| facts.clone())
                .collect())
        };
        self.fuse.around(nodes, cluster_broke).await
    }
    async fn node(&self, native_id: &str) -> Result<Option<Shown>, Error> {
        let read = async {
            self.cluster.before_read.happen().await;
            let found = self.cluster.nodes.lock().unwrap().get(native_id).cloned();
            self.cluster.after_read.happen().await;
            Ok(found
                .map(|(facts, revision)| Shown { facts, revision: Revision(revision.to_string()) }))
        };
        self.fuse.around(read, cluster_broke).await
    }
    async fn change_node(
        &self,
        native_id: &str,
        seen: &Revision,
        change: &NodeChange,
    ) -> Result<(), Error> {
        let changed = async { self.cluster.change(native_id, seen, change) };
        self.fuse.around(changed, cluster_broke).await
    }
    async fn evacuate(&self, native_id: &str, _: Manner) -> Result<Remaining, Error> {
        let look = async {
            assert_eq!(self.cluster.facts(native_id).availability, Availability::Drain);
            let mut running = self.cluster.running.lock().unwrap();
            let leaving = running.clone();
            running.pop();
            Ok(Remaining { leaving, held: vec![] })
        };
        self.fuse.around(look, cluster_broke).await
    }
    async fn impact(&self, _: &str, _: &NodeChange, _: Manner) -> Result<Effects, Error> {
        let none = async { Ok(Effects::default()) };
        self.fuse.around(none, cluster_broke).await
    }
    async fn follow(&self, _: &Notify) -> Result<(), Error> {
        pending().await
    }
}
