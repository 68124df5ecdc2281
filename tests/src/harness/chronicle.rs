//! A long story, recorded in a few large appends: for who asks what was, or goes on from there.

use adapters::postgres::EventLog;
use commands::ports::event_log::{Append, EventLog as _, NewEvent, Outcome};
use domain::{
    Aggregate, Event, Position, StreamId, Version,
    certificate::Certificate,
    ids::{
        CertificateId, CommandId, CorrelationId, EventId, NodeId, OrganizationId, PrincipalId,
        ProviderId,
    },
    metadata::Metadata,
    node::Node,
    node_observation::{Facts, NodeObservation, discover::Observed},
    organization::Organization,
    provider::{DeploymentMode, Provider},
    tag::Tag,
    testing::{
        associated, certificates, cluster_added, commented, created, discovered, dissociated,
        enabled, facts, labeled, organization_registered, place,
    },
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Events of one append.
const AT_ONCE: usize = 500;
/// Nodes of a busy provider.
const NODES: u128 = 10;

/// A provider that much happened to.
pub struct Busy {
    /// All of it.
    pub chronicle: Chronicle,
    /// Which one.
    pub provider: ProviderId,
    /// Its nodes.
    pub nodes: Vec<NodeId>,
    /// The organization that comes and goes.
    pub organization: OrganizationId,
}

impl Busy {
    /// So many events, spread over the streams that touch a provider: its own, those of its nodes
    /// and of what their cluster shows, of an organization and of a certificate.
    #[must_use]
    pub fn spread(events: usize) -> Self {
        let mut busy = Self::new();
        let (mut comment, mut is_associated) = ("the first".to_owned(), false);
        let certificate = CertificateId(Uuid::from_u128(0xce));
        let imported = certificates::certificate_imported("c", 0);
        busy.chronicle.tell::<Certificate>(certificate, imported);
        // The certificate and the organization themselves touch no provider.
        for turn in 0..(events + 2).saturating_sub(busy.chronicle.len()) {
            let node = busy.nodes[turn / 5 % busy.nodes.len()];
            match turn % 5 {
                0 => {
                    let next = format!("comment {turn}");
                    let event = commented(&comment, &next);
                    busy.chronicle.tell::<Provider>(busy.provider, event);
                    comment = next;
                }
                1 => busy.chronicle.tell::<Node>(node, labeled("turn", &turn.to_string(), None)),
                2 => busy.chronicle.tell::<NodeObservation>(node, observed(turn)),
                3 => {
                    let event = if is_associated { dissociated() } else { associated() };
                    busy.chronicle.tell::<Organization>(busy.organization, event);
                    is_associated = !is_associated;
                }
                _ => {
                    let event = certificates::certificate_replaced(0, 1, &[busy.provider]);
                    busy.chronicle.tell::<Certificate>(certificate, event);
                }
            }
        }
        busy
    }

    /// So many events in its own stream.
    #[must_use]
    pub fn alone(events: usize) -> Self {
        let mut busy = Self::new();
        let mut comment = "the first".to_owned();
        let own = 3 + busy.nodes.len();
        for turn in 0..events.saturating_sub(own) {
            let next = format!("comment {turn}");
            busy.chronicle.tell::<Provider>(busy.provider, commented(&comment, &next));
            comment = next;
        }
        busy
    }

    /// Whether the organization was associated with it.
    #[must_use]
    pub fn is_associated(&self, until: Position) -> bool {
        let (organization, _) = self.chronicle.fold::<Organization>(self.organization, until);
        match organization {
            Organization::Present { providers, .. } => providers.contains(&self.provider),
            Organization::Absent => false,
        }
    }

    fn new() -> Self {
        let mut chronicle = Chronicle::default();
        let provider = place().provider;
        let organization = OrganizationId(Uuid::from_u128(0xb1));
        let nodes: Vec<NodeId> =
            (0..NODES).map(|number| NodeId(Uuid::from_u128(0xf0 + number))).collect();
        chronicle.tell::<Provider>(provider, created(DeploymentMode::ActivePassive));
        chronicle.tell::<Provider>(provider, cluster_added(1));
        chronicle.tell::<Provider>(provider, enabled());
        chronicle.tell::<Organization>(organization, organization_registered("ACME"));
        for node in &nodes {
            chronicle.tell::<NodeObservation>(*node, discovered("active"));
        }
        Self { chronicle, provider, nodes, organization }
    }
}

fn observed(turn: usize) -> domain::node_observation::Event {
    let facts = Facts { address: format!("10.9.1.{}", turn % 250), ..facts("active") };
    let (cluster_id, provider_id) = (place().cluster, place().provider);
    Observed { cluster_id, facts, provider_id }.into()
}

/// Events in the order of the log, as far as they were told here; the log was empty before.
#[derive(Default)]
pub struct Chronicle {
    versions: BTreeMap<StreamId, Version>,
    told: Vec<(StreamId, Event, Vec<Tag>)>,
}

impl Chronicle {
    /// The next event.
    pub fn tell<A: Aggregate>(&mut self, id: A::Id, event: A::Event) {
        let tags = A::tags(id, &event);
        self.told.push((A::stream(id), event.into(), tags));
    }

    /// How many events there are: also the position of the last one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.told.len()
    }

    /// Whether nothing was told yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// What the events of an aggregate up to a position fold to, and how many they are.
    #[must_use]
    pub fn fold<A: Aggregate>(&self, id: A::Id, until: Position) -> (A, Version) {
        let stream = A::stream(id);
        let until = usize::try_from(until.0).unwrap_or(0).min(self.told.len());
        let own = self.told[..until].iter().filter(|(of, ..)| *of == stream);
        own.fold((A::default(), Version::NONE), |(state, version), (_, event, _)| {
            let state = match A::own(event) {
                Some(event) => state.evolve(event),
                None => state,
            };
            (state, version.next())
        })
    }

    /// Records everything, in order.
    pub async fn record(&mut self, log: &EventLog) {
        for told in self.told.chunks(AT_ONCE) {
            let command_id = CommandId(Uuid::now_v7());
            let mut expected = BTreeMap::new();
            let mut events = vec![];
            for (index, (stream, payload, tags)) in told.iter().enumerate() {
                let version = self.versions.entry(*stream).or_default();
                expected.entry(*stream).or_insert(*version);
                *version = version.next();
                events.push(NewEvent {
                    id: EventId::of(command_id, index),
                    stream: *stream,
                    version: *version,
                    payload: payload.clone(),
                    tags: tags.clone(),
                });
            }
            let append = Append {
                metadata: Metadata {
                    actor: PrincipalId::WORKER,
                    causation_id: None,
                    command_id,
                    correlation_id: CorrelationId(command_id.0),
                },
                request: [7; 32],
                result: "{}".to_owned(),
                subject: told[0].0,
                expected: expected.into_iter().collect(),
                referrers: vec![],
                events,
                free: vec![],
                take: vec![],
                unrefer: vec![],
                refer: vec![],
                end: vec![],
            };
            let outcome = log.append(append).await.expect("append");
            assert!(matches!(outcome, Outcome::Stored(_)), "{outcome:?}");
        }
    }
}
