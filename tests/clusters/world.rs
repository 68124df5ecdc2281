//! What every story has: a log of its own, a provider in it, and words to speak with.

use crate::{at_work::AtWork, lab::CALL_TIMEOUT};
use adapters::{api_version::Minimums, clock::SystemClock, connector::Settings, vault::Vault};
use commands::{
    Request, Writer,
    certificate::{import::ImportCertificate, replace::ReplaceCertificate},
    cluster::request_test::RequestConnectivityTest,
    handle::Verb,
    node::{
        cancel_drain::CancelDrain,
        drain::{DrainNode, TIME_DEFAULT},
        impact::{Impact, Impacts},
        label::LabelNode,
        remove_label::RemoveNodeLabel,
        set_availability::SetNodeAvailability,
    },
    ports::{
        Clock, Clusters,
        cluster::{Manner, NodeChange},
        vault::Secret,
    },
    provider::{
        access::{Access, Token, UsedCertificate},
        create::CreateProvider,
        disable::DisableProvider,
        enable::EnableProvider,
        test::TestProvider,
    },
    reconcile::{Done, Error, Reconciler},
    worker::Worker,
};
use domain::{
    Event, StreamId, Timestamp, Version,
    availability::Availability,
    certificate::{Material, material::Public},
    cluster as observed,
    cluster_url::ClusterUrl,
    ids::{
        CertificateId, ClusterId, CommandId, CorrelationId, InstanceId, NodeId, PrincipalId,
        ProviderId, RecordId,
    },
    metadata::Metadata,
    node_observation::{NodeObservation, Seen},
    provider::{Cluster, DeploymentMode, Kind, Visibility, create::Create},
    recorded::Recorded,
    testing::{certificates::material, key, name, value},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tests::harness::{Database, certificate::Pem};
use uuid::Uuid;

/// The Berth of the stories.
pub(crate) const INSTANCE: InstanceId = InstanceId(Uuid::from_u128(0xbe));

/// How a cluster of a story is registered.
pub(crate) struct Address {
    pub(crate) kind: Kind,
    pub(crate) url: String,
    pub(crate) urls: Vec<String>,
    pub(crate) secured: Option<Secured>,
    pub(crate) token: Option<String>,
}

/// By what Berth and the cluster know each other.
pub(crate) struct Secured {
    /// Empty where none is registered.
    pub(crate) server_name: String,
    pub(crate) authority: String,
    /// None where it is a token that says who asks.
    pub(crate) own: Option<Pem>,
}

impl Address {
    pub(crate) fn plain(url: &str) -> Self {
        let url = url.to_owned();
        Self { kind: Kind::Swarm, url, urls: vec![], secured: None, token: None }
    }

    /// As a command says it: the cluster, and what it is reached with.
    pub(crate) fn described(&self, id: ClusterId) -> (Cluster, Access) {
        let parse = |url: &String| ClusterUrl::parse(url).unwrap();
        let certificate = self.secured.as_ref().and_then(|secured| {
            let own = secured.own.as_ref()?;
            Some(UsedCertificate::New(Box::new(ImportCertificate {
                id: CertificateId(id.0),
                name: name(&id.to_string()),
                record: RecordId(Uuid::now_v7()),
                key: Secret::from(own.key.clone()),
                public: secured.public(own),
            })))
        });
        let token = self.token.clone();
        let token =
            token.map(|token| Token { record: RecordId(Uuid::now_v7()), value: token.into() });
        let named = self.secured.as_ref().map(|secured| secured.server_name.clone());
        let cluster = Cluster {
            id,
            name: name("the cluster"),
            rank: 1,
            server_name: named.filter(|name| !name.is_empty()),
            url: parse(&self.url),
            urls: self.urls.iter().map(parse).collect(),
            weight: Cluster::WEIGHT_DEFAULT,
            ca: self.secured.as_ref().map(|secured| secured.authority.clone()),
            certificate_id: None,
            token: None,
        };
        (cluster, Access { certificate, token })
    }
}

impl Secured {
    fn public(&self, own: &Pem) -> Public {
        let Material { issuer, not_after, not_before, serial_number, subject, .. } = material(1);
        Public {
            ca: Some(self.authority.clone()),
            certificate: own.certificate.clone(),
            fingerprint: "0".repeat(64),
            issuer,
            not_after,
            not_before,
            serial_number,
            subject,
            subject_alternative_names: vec![],
        }
    }
}

/// A provider with one cluster, enabled, and a log that knows nothing else.
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) vault: Arc<Vault>,
    pub(crate) writer: Writer,
    pub(crate) clusters: Arc<dyn Clusters>,
    pub(crate) provider: ProviderId,
    pub(crate) cluster: ClusterId,
}

impl World {
    pub(crate) async fn new(address: &Address) -> Self {
        let database = Database::create().await;
        let vault = database.vault().await;
        let writer = database.writer().keeping(vault.clone());
        let clusters = clusters(&vault, CALL_TIMEOUT);
        let (provider, cluster) = (ProviderId(Uuid::now_v7()), ClusterId(Uuid::now_v7()));
        let world = Self { database, vault, writer, clusters, provider, cluster };
        world.register(provider, cluster, address).await;
        world
    }

    /// Connections as of another process, each call of which may take so long.
    pub(crate) fn connections(&self, call_timeout: Duration) -> Arc<dyn Clusters> {
        clusters(&self.vault, call_timeout)
    }

    /// The same, with all settings.
    pub(crate) fn connections_with(&self, settings: Settings) -> Arc<dyn Clusters> {
        Arc::new(adapters::clusters::Clusters::new(settings, self.vault.clone()))
    }

    /// Asks for a test of a cluster that is not registered.
    pub(crate) async fn candidate(&self, address: &Address) -> ClusterId {
        let id = ClusterId(Uuid::now_v7());
        let (cluster, access) = address.described(id);
        let kind = address.kind;
        self.say(RequestConnectivityTest { id, kind, cluster, access }).await;
        id
    }

    /// Asks for a test of the provider.
    pub(crate) async fn test(&self) -> CorrelationId {
        self.say(TestProvider { id: self.provider }).await
    }

    /// Creates and enables a provider with one cluster.
    pub(crate) async fn register(&self, id: ProviderId, cluster: ClusterId, address: &Address) {
        self.create(id, cluster, address).await;
        self.say(EnableProvider { id }).await;
    }

    /// Creates a provider with one cluster.
    pub(crate) async fn create(&self, id: ProviderId, cluster: ClusterId, address: &Address) {
        self.create_with(id, &[(cluster, address)]).await;
    }

    /// Creates a provider with clusters.
    pub(crate) async fn create_with(&self, id: ProviderId, clusters: &[(ClusterId, &Address)]) {
        let (mut all, mut access) = (vec![], BTreeMap::new());
        for (rank, (id, address)) in (1..).zip(clusters) {
            let (cluster, own) = address.described(*id);
            let name = if rank == 1 { cluster.name.clone() } else { name(&id.to_string()) };
            all.push(Cluster { name, rank, ..cluster });
            access.insert(*id, own);
        }
        let create = Create {
            name: name(&id.to_string()),
            kind: clusters[0].1.kind,
            visibility: Visibility::Public,
            deployment_mode: match clusters.len() {
                1 => DeploymentMode::Single,
                _ => DeploymentMode::ActivePassive,
            },
            comments: String::new(),
            clusters: all,
        };
        self.say(CreateProvider { id, create, access }).await;
    }

    /// What was recorded of a cluster.
    pub(crate) async fn observed(&self, id: ClusterId) -> observed::Cluster {
        use domain::Aggregate;
        let stream = observed::Cluster::stream(id);
        let events = self.writer.log().load(stream, Version::NONE).await.unwrap();
        let own = events.iter().filter_map(|event| observed::Cluster::own(&event.payload));
        own.fold(observed::Cluster::default(), observed::Cluster::evolve)
    }

    pub(crate) async fn say(&self, verb: impl Verb) -> CorrelationId {
        self.ask(&verb).await.unwrap()
    }

    /// The same, for what may be refused.
    pub(crate) async fn ask(&self, verb: &impl Verb) -> Result<CorrelationId, commands::Error> {
        let correlation_id = CorrelationId(Uuid::now_v7());
        self.writer.handle(verb, &request(correlation_id)).await?;
        Ok(correlation_id)
    }

    /// Puts another certificate in the place of that of the cluster.
    pub(crate) async fn replace_certificate(&self, secured: &Secured) -> StreamId {
        let id = CertificateId(self.cluster.0);
        let own = secured.own.as_ref().unwrap();
        let (key, record) = (Secret::from(own.key.clone()), RecordId(Uuid::now_v7()));
        self.say(ReplaceCertificate { id, record, key, public: secured.public(own) }).await;
        StreamId::certificate(id)
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
        self.say(self.setting(node, availability)).await
    }

    /// What a change would do, which a verb would ask for.
    pub(crate) async fn impact(
        &self,
        verb: &impl Verb,
        node: NodeId,
        change: &NodeChange,
        manner: Manner,
    ) -> Impact {
        let impacts = Impacts::new(self.writer.clone(), Arc::clone(&self.clusters));
        let asked = (verb, &request(CorrelationId(Uuid::now_v7())));
        impacts.of(asked, (self.provider, node), change, manner).await.unwrap()
    }

    pub(crate) fn setting(&self, node: NodeId, to: Availability) -> SetNodeAvailability {
        let (provider, deadline) = (self.provider, self.deadline(TIME_DEFAULT));
        SetNodeAvailability { provider, node, availability: to, deadline }
    }

    pub(crate) fn deadline(&self, within: Duration) -> Timestamp {
        Timestamp::new(SystemClock.now().moment() + within)
    }

    /// Begins a drain that may take so long.
    pub(crate) async fn drain(&self, node: NodeId, within: Duration) -> CorrelationId {
        let (provider, deadline) = (self.provider, self.deadline(within));
        self.say(DrainNode { provider, node, deadline, forced: false }).await
    }

    /// The same, by force.
    pub(crate) async fn drain_by_force(&self, node: NodeId, within: Duration) -> CorrelationId {
        let (provider, deadline) = (self.provider, self.deadline(within));
        self.say(DrainNode { provider, node, deadline, forced: true }).await
    }

    pub(crate) async fn cancel_drain(&self, node: NodeId) -> CorrelationId {
        self.say(CancelDrain { provider: self.provider, node }).await
    }

    pub(crate) async fn enable(&self) {
        self.say(EnableProvider { id: self.provider }).await;
    }

    pub(crate) async fn disable(&self) {
        self.say(DisableProvider { id: self.provider, force: false }).await;
    }

    pub(crate) fn reconciler(&self) -> Reconciler {
        let clusters = Arc::clone(&self.clusters);
        Reconciler::new(self.writer.clone(), clusters, Arc::new(SystemClock), INSTANCE)
    }

    pub(crate) async fn reconcile(&self, node: NodeId) -> Result<Done, Error> {
        self.reconciler().node(node).await
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
        let writer = self.database.writer().keeping(self.vault.clone());
        let clock = Arc::new(SystemClock);
        let reconciler = Reconciler::new(writer, clusters, clock, INSTANCE);
        let worker = Worker::new(reconciler, sweep_interval);
        AtWork::start(worker)
    }
}

/// Somebody asks, and not again.
pub(crate) fn request(correlation_id: CorrelationId) -> Request {
    Request {
        metadata: Metadata {
            actor: PrincipalId(Uuid::from_u128(7)),
            causation_id: None,
            command_id: CommandId(Uuid::now_v7()),
            correlation_id,
        },
        digest: [0; 32],
        expected: None,
        repeatable: false,
    }
}

fn clusters(vault: &Arc<Vault>, call_timeout: Duration) -> Arc<dyn Clusters> {
    let settings = Settings { call_timeout, rules: Arc::default(), minimums: Minimums::default() };
    Arc::new(adapters::clusters::Clusters::new(settings, vault.clone()))
}
