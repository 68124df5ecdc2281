//! A log in memory for the readers of the log: what it says, and where it goes wrong, is written
//! down by the story.

use domain::{
    Aggregate, Event, Position, Timestamp, Version, access::Access, certificate::Certificate,
    cluster::Cluster, feed::Feed, ids::EventId, image::Image, node::Node,
    node_observation::NodeObservation, organization::Organization, profile::Profile,
    provider::Provider, recorded::Stored, secret::Secret, secret_observation::SecretObservation,
    workload::Workload, workload_observation::WorkloadObservation,
};
use sqlx::types::time::OffsetDateTime;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};
use tests::harness::wait::SOON;
use tokio::{sync::watch, time::timeout};
use uuid::Uuid;

/// Spring of 2026, when all of this happened.
const BEGIN: i64 = 1_772_000_000;

#[derive(Debug, thiserror::Error)]
#[error("the script has no such scene")]
pub(super) struct Never;

/// The log as its readers see it.
#[derive(Clone)]
pub(super) struct Script {
    events: Arc<Mutex<Vec<Stored>>>,
    versions: Arc<Mutex<BTreeMap<String, i64>>>,
    head: watch::Sender<i64>,
}

impl Default for Script {
    fn default() -> Self {
        let (events, versions) = Default::default();
        Self { events, versions, head: watch::Sender::new(0) }
    }
}

impl Script {
    pub(super) fn provider(
        &self,
        id: <Provider as Aggregate>::Id,
        event: impl Into<domain::provider::Event>,
    ) {
        self.record::<Provider>(id, event.into());
    }
    pub(super) fn organization(
        &self,
        id: <Organization as Aggregate>::Id,
        event: domain::organization::Event,
    ) {
        self.record::<Organization>(id, event);
    }
    pub(super) fn access(&self, id: <Access as Aggregate>::Id, event: domain::access::Event) {
        self.record::<Access>(id, event);
    }
    pub(super) fn profile(&self, id: <Profile as Aggregate>::Id, event: domain::profile::Event) {
        self.record::<Profile>(id, event);
    }
    pub(super) fn workload(&self, id: <Workload as Aggregate>::Id, event: domain::workload::Event) {
        self.record::<Workload>(id, event);
    }
    pub(super) fn became(
        &self,
        id: <Workload as Aggregate>::Id,
        event: domain::workload_observation::Event,
    ) {
        self.record::<WorkloadObservation>(id, event);
    }
    pub(super) fn certificate(
        &self,
        id: <Certificate as Aggregate>::Id,
        event: domain::certificate::Event,
    ) {
        self.record::<Certificate>(id, event);
    }
    pub(super) fn cluster(&self, id: <Cluster as Aggregate>::Id, event: domain::cluster::Event) {
        self.record::<Cluster>(id, event);
    }
    pub(super) fn secret(&self, id: <Secret as Aggregate>::Id, event: domain::secret::Event) {
        self.record::<Secret>(id, event);
    }
    pub(super) fn secret_became(
        &self,
        id: <Secret as Aggregate>::Id,
        event: domain::secret_observation::Event,
    ) {
        self.record::<SecretObservation>(id, event);
    }
    pub(super) fn image(&self, id: <Image as Aggregate>::Id, event: domain::image::Event) {
        self.record::<Image>(id, event);
    }
    pub(super) fn node(&self, id: <Node as Aggregate>::Id, event: domain::node::Event) {
        self.record::<Node>(id, event);
    }
    pub(super) fn seen(&self, id: <Node as Aggregate>::Id, event: domain::node_observation::Event) {
        self.record::<NodeObservation>(id, event);
    }

    fn record<A: Aggregate>(&self, id: A::Id, event: A::Event) {
        let tags: Vec<String> =
            A::tags(id, &event).iter().map(|tag| tag.as_str().to_owned()).collect();
        let event: Event = event.into();
        let data = serde_json::to_string(&event).unwrap();
        self.record_raw(&A::stream(id).to_string(), event.r#type(), &data, &tags);
    }

    /// An event as it would be stored, whether it can be read or not.
    pub(super) fn record_raw(&self, stream: &str, r#type: &str, data: &str, tags: &[String]) {
        let mut events = self.events.lock().unwrap();
        let mut versions = self.versions.lock().unwrap();
        let version = versions.entry(stream.to_owned()).or_default();
        *version += 1;
        let position = i64::try_from(events.len()).unwrap() + 1;
        let moment = OffsetDateTime::from_unix_timestamp(BEGIN + position).unwrap();
        events.push(Stored {
            position: Position(position),
            id: EventId(Uuid::now_v7()),
            stream: stream.to_owned(),
            version: Version(*version),
            r#type: r#type.to_owned(),
            schema_version: 1,
            data: data.to_owned(),
            metadata: "{}".to_owned(),
            tags: serde_json::to_string(tags).unwrap(),
            recorded_at: Timestamp::new(moment),
            leaf_hash: [0; 32],
        });
        self.head.send_replace(position);
    }

    /// How far the log goes.
    pub(super) fn end(&self) -> Position {
        Position(*self.head.borrow())
    }

    /// The stored types that occur.
    pub(super) fn types(&self) -> BTreeSet<String> {
        self.events.lock().unwrap().iter().map(|event| event.r#type.clone()).collect()
    }

    /// Takes an event out, as nothing should ever be able to.
    pub(super) fn lose(&self, position: i64) {
        self.events.lock().unwrap().retain(|event| event.position != Position(position));
    }

    /// The same log, read as if one event had other data.
    pub(super) fn with_data(&self, position: i64, data: &str) -> Self {
        let other = self.until(self.end().0);
        for event in other.events.lock().unwrap().iter_mut() {
            if event.position == Position(position) {
                data.clone_into(&mut event.data);
            }
        }
        other
    }

    /// Only what happened up to a position, as after a restored backup.
    pub(super) fn until(&self, position: i64) -> Self {
        let part = Self::default();
        let events = self.events.lock().unwrap();
        *part.events.lock().unwrap() =
            events.iter().filter(|event| event.position.0 <= position).cloned().collect();
        part.head.send_replace(position);
        part
    }
}

impl Script {
    /// The next event of another script.
    pub(super) fn grow(&self, whole: &Self) {
        let mut events = self.events.lock().unwrap();
        let next = whole.events.lock().unwrap()[events.len()].clone();
        self.head.send_replace(next.position.0);
        events.push(next);
    }
}

impl Feed for Script {
    type Error = Never;

    async fn after(&self, position: Position, limit: u16) -> Result<Vec<Stored>, Never> {
        let events = self.events.lock().unwrap();
        let from = events.partition_point(|event| event.position <= position);
        Ok(events[from..].iter().take(usize::from(limit)).cloned().collect())
    }

    async fn head(&self) -> Result<Position, Never> {
        Ok(self.end())
    }

    async fn grown(&self, seen: Position) {
        let mut head = self.head.subscribe();
        drop(timeout(Duration::from_millis(100), head.wait_for(|head| *head > seen.0)).await);
    }
}

/// The longest that a reader may lag behind in a story.
pub(super) const LIMIT: Duration = SOON;
