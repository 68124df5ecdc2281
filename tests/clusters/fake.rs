//! Faults that reality does not make on demand: a process that dies at a certain step, a worker
//! that sleeps at the worst moment, an engine that refuses.

mod objects;

use async_trait::async_trait;
use commands::ports::{
    Cluster, Clusters, EventLog,
    cluster::{
        Effects, Endpoint, Error, Manner, NodeChange, Owners, Remaining, Revision, Shown, secret,
        workload::Target,
    },
    event_log::{self, Answered, Append, Outcome},
    vault::Secret,
};
use domain::{
    Event, StreamId, Version,
    availability::Availability,
    claim::UniqueName,
    connectivity::{Finding, Report},
    ids::{CommandId, WorkloadId},
    node_observation::{Facts, drain::Left},
    recorded::Recorded,
    stream::Kind,
    tag::Tag,
};
use futures::future::BoxFuture;
use std::{
    collections::BTreeMap,
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

/// Breaks one step: each call has two, the one before it takes effect and the one after.
#[derive(Default)]
pub(crate) struct Fuse {
    steps: AtomicUsize,
    breaks_at: Option<usize>,
}

impl Fuse {
    pub(crate) fn at(step: usize) -> Arc<Self> {
        Arc::new(Self { steps: AtomicUsize::new(0), breaks_at: Some(step) })
    }

    fn step<E>(&self, error: impl Fn() -> E) -> Result<(), E> {
        let step = self.steps.fetch_add(1, Ordering::Relaxed);
        if self.breaks_at == Some(step) { Err(error()) } else { Ok(()) }
    }

    pub(crate) async fn around<T, E>(
        &self,
        call: impl Future<Output = Result<T, E>>,
        error: impl Fn() -> E,
    ) -> Result<T, E> {
        self.step(&error)?;
        let result = call.await;
        self.step(&error)?;
        result
    }
}

/// A real log whose calls may break.
pub(crate) struct BrittleLog {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) fuse: Arc<Fuse>,
}

fn log_broke() -> event_log::Error {
    event_log::Error::Unavailable { tried: "go on", source: "the process died".into() }
}

#[async_trait]
impl EventLog for BrittleLog {
    async fn load(
        &self,
        stream: StreamId,
        version: Version,
    ) -> Result<Vec<Recorded<Event>>, event_log::Error> {
        self.fuse.around(self.log.load(stream, version), log_broke).await
    }
    async fn load_each(
        &self,
        streams: &[(StreamId, Version)],
    ) -> Result<BTreeMap<StreamId, Vec<Recorded<Event>>>, event_log::Error> {
        self.fuse.around(self.log.load_each(streams), log_broke).await
    }
    async fn referrers(&self, to: StreamId, limit: u16) -> Result<Vec<StreamId>, event_log::Error> {
        self.fuse.around(self.log.referrers(to, limit), log_broke).await
    }
    async fn append(&self, append: Append) -> Result<Outcome, event_log::Error> {
        self.fuse.around(self.log.append(append), log_broke).await
    }
    async fn answered(&self, command: CommandId) -> Result<Option<Answered>, event_log::Error> {
        self.fuse.around(self.log.answered(command), log_broke).await
    }
    async fn holders(
        &self,
        names: &[UniqueName],
    ) -> Result<Vec<Option<StreamId>>, event_log::Error> {
        self.fuse.around(self.log.holders(names), log_broke).await
    }
    async fn streams(
        &self,
        kind: Kind,
        after: Option<StreamId>,
        limit: u16,
    ) -> Result<Vec<StreamId>, event_log::Error> {
        self.fuse.around(self.log.streams(kind, after, limit), log_broke).await
    }
    async fn tagged_streams(
        &self,
        tag: &Tag,
        kind: Kind,
        after: Option<StreamId>,
        limit: u16,
    ) -> Result<Vec<StreamId>, event_log::Error> {
        self.fuse.around(self.log.tagged_streams(tag, kind, after, limit), log_broke).await
    }
}

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
    async fn test(&self, _: &Endpoint, _: &dyn Owners, _: mpsc::Sender<Finding>) -> Report {
        Report::default()
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
        self.fuse.around(async { Ok("fake".to_owned()) }, cluster_broke).await
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
        std::future::pending().await
    }
}
