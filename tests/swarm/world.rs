//! What every story has: a log of its own, a provider in it, and words to speak with.

use commands::{
    Request, Writer,
    handle::Verb,
    node::{
        label::LabelNode, remove_label::RemoveNodeLabel, set_availability::SetNodeAvailability,
    },
    ports::Clusters,
    provider::{create::CreateProvider, disable::DisableProvider, enable::EnableProvider},
    reconcile::{Done, Error, Reconciler},
    sweep,
    worker::Worker,
};
use domain::{
    Event, StreamId, Version,
    availability::Availability,
    cluster_url::ClusterUrl,
    ids::{ClusterId, CommandId, CorrelationId, NodeId, PrincipalId, ProviderId},
    metadata::Metadata,
    node_observation::{NodeObservation, Seen},
    provider::{Cluster, DeploymentMode, Kind, Visibility, create::Create},
    recorded::Recorded,
    testing::{key, name, value},
};
use std::{sync::Arc, time::Duration};
use tests::harness::Database;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use uuid::Uuid;

/// How often a node is looked at again because somebody else was faster.
const RUNS_MAX: usize = 5;

/// A provider with one cluster, enabled, and a log that knows nothing else.
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) writer: Writer,
    pub(crate) clusters: Arc<dyn Clusters>,
    pub(crate) provider: ProviderId,
    pub(crate) cluster: ClusterId,
}

impl World {
    pub(crate) async fn new(clusters: Arc<dyn Clusters>, url: &str, urls: &[String]) -> Self {
        let database = Database::create().await;
        let writer = database.writer();
        let (provider, cluster) = (ProviderId(Uuid::now_v7()), ClusterId(Uuid::now_v7()));
        let world = Self { database, writer, clusters, provider, cluster };
        world.register(provider, cluster, url, urls).await;
        world
    }

    /// Creates and enables a provider with one cluster.
    pub(crate) async fn register(
        &self,
        id: ProviderId,
        cluster: ClusterId,
        url: &str,
        urls: &[String],
    ) {
        let parse = |url: &str| ClusterUrl::parse(url).unwrap();
        let cluster = Cluster {
            id: cluster,
            name: name("the cluster"),
            rank: 1,
            server_name: None,
            url: parse(url),
            urls: urls.iter().map(|url| parse(url)).collect(),
            weight: Cluster::WEIGHT_DEFAULT,
            ca: None,
            certificate_id: None,
            token: None,
        };
        let create = Create {
            name: name(&id.to_string()),
            kind: Kind::Swarm,
            visibility: Visibility::Public,
            deployment_mode: DeploymentMode::Single,
            comments: String::new(),
            clusters: vec![cluster],
        };
        self.say(CreateProvider { id, create, access: std::collections::BTreeMap::new() }).await;
        self.say(EnableProvider { id }).await;
    }

    pub(crate) async fn say(&self, verb: impl Verb) -> CorrelationId {
        let correlation_id = CorrelationId(Uuid::now_v7());
        let request = Request {
            metadata: Metadata {
                actor: PrincipalId(Uuid::from_u128(7)),
                causation_id: None,
                command_id: CommandId(Uuid::now_v7()),
                correlation_id,
            },
            digest: [0; 32],
            expected: None,
            repeatable: false,
        };
        self.writer.handle(&verb, &request).await.unwrap();
        correlation_id
    }

    pub(crate) async fn label(&self, node: NodeId, k: &str, v: &str) -> CorrelationId {
        let (provider, key, value) = (self.provider, key(k), value(v));
        self.say(LabelNode { provider, node, key, value }).await
    }

    pub(crate) async fn unlabel(&self, node: NodeId, k: &str) -> CorrelationId {
        let (provider, key) = (self.provider, key(k));
        self.say(RemoveNodeLabel { provider, node, key }).await
    }

    pub(crate) async fn set(&self, node: NodeId, availability: Availability) -> CorrelationId {
        let provider = self.provider;
        self.say(SetNodeAvailability { provider, node, availability }).await
    }

    pub(crate) async fn enable(&self) {
        self.say(EnableProvider { id: self.provider }).await;
    }

    pub(crate) async fn disable(&self) {
        self.say(DisableProvider { id: self.provider, force: false }).await;
    }

    pub(crate) fn reconciler(&self) -> Reconciler {
        Reconciler::new(self.writer.clone(), Arc::clone(&self.clusters))
    }

    pub(crate) async fn reconcile(&self, node: NodeId) -> Result<Done, Error> {
        self.reconciler().node(node).await
    }

    /// Compares everything once, one after the other, as a worker does in its own order. What does
    /// not answer is left for the next time.
    pub(crate) async fn sweep(&self) {
        let reconciler = self.reconciler();
        for (id, target) in sweep::targets(&self.writer).await.unwrap() {
            for node in reconciler.cluster(target.provider, id).await.unwrap_or_default() {
                let mut done = reconciler.node(node).await;
                for _ in 0..RUNS_MAX {
                    if !matches!(done, Err(Error::Overtaken)) {
                        break;
                    }
                    done = reconciler.node(node).await;
                }
            }
        }
    }

    pub(crate) fn node(&self, native_id: &str) -> NodeId {
        NodeId::of(self.cluster, native_id)
    }

    /// What was recorded about a node, oldest first.
    pub(crate) async fn history(&self, node: NodeId) -> Vec<Recorded<Event>> {
        let stream = StreamId::node_observation(node);
        self.writer.log().load(stream, Version::NONE).await.unwrap()
    }

    /// The types of what was recorded about a node.
    pub(crate) async fn told(&self, node: NodeId) -> Vec<&'static str> {
        self.history(node).await.iter().map(|event| event.payload.r#type()).collect()
    }

    /// How often something of a type was recorded about a node.
    pub(crate) async fn count(&self, node: NodeId, r#type: &str) -> usize {
        self.told(node).await.iter().filter(|told| **told == r#type).count()
    }

    pub(crate) async fn seen(&self, node: NodeId) -> Option<Seen> {
        use domain::Aggregate;
        let history = self.history(node).await;
        let own = history.iter().filter_map(|event| NodeObservation::own(&event.payload));
        match own.fold(NodeObservation::default(), NodeObservation::evolve) {
            NodeObservation::Seen(seen) => Some(seen),
            NodeObservation::Unseen => None,
        }
    }

    /// A worker of its own, as if in another process: nothing but the database is shared.
    pub(crate) fn work(&self, clusters: Arc<dyn Clusters>, sweep_interval: Duration) -> AtWork {
        let reconciler = Reconciler::new(self.database.writer(), clusters);
        let worker = Worker::new(reconciler, sweep_interval);
        let (hints, receive) = mpsc::channel(64);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(worker.run(receive, async { drop(stopped.await) }));
        AtWork { hints, stop, task }
    }
}

/// A worker that runs.
pub(crate) struct AtWork {
    hints: mpsc::Sender<StreamId>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl AtWork {
    pub(crate) async fn hint(&self, stream: StreamId) {
        self.hints.send(stream).await.unwrap();
    }

    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }
}
