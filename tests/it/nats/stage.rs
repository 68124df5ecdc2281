//! What the stories stand on: a log of its own, a broker of its own, relays and subscribers.

use crate::story::{create_provider, request};
use adapters::{
    nats::{
        connect::{self, Connection, connect},
        health::{Alarm, Health, Report},
        memory::Memory,
        relay::{Relay, Settings},
        stream::{Discard, Limits, NAME},
    },
    postgres::{EventFeed, RelayMemory},
};
use api::embedded::nats::{Name, Server};
use async_nats::jetstream::{self, consumer::pull::OrderedConfig};
use commands::{Writer, provider::change::ChangeProvider};
use domain::{
    Position, feed::Feed, ids::ProviderId, provider::change_details::ChangeDetails,
    recorded::Stored,
};
use futures::{StreamExt, TryStreamExt, stream};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tests::harness::{Database, eventually, wait::SOON};
use tokio::{sync::watch, task::JoinHandle, time::timeout};
use uuid::Uuid;

/// Commands at work at once.
const WRITERS: usize = 32;
pub(super) const INSTANCE: &str = "story";
/// Long enough that nothing ages in a story that is not about age.
pub(super) const LIMITS: Limits =
    Limits { max_age: Duration::from_secs(3_600), max_bytes: 1 << 28, discard: Discard::Old };

/// One log and one broker.
pub(super) struct Stage {
    pub(super) database: Database,
    pub(super) broker: Server,
    /// One for all relays and questions: a connection takes longer than most lives of a relay.
    pub(super) feed: EventFeed,
    pub(super) memory: RelayMemory,
    writer: Writer,
    providers: Vec<ProviderId>,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// An empty log and a broker that runs.
    pub(super) async fn new() -> Self {
        let database = Database::create().await;
        let folder = tempfile::tempdir().unwrap();
        let broker =
            Server::start(&folder.path().join("nats"), &api::embedded::nats::Settings::default())
                .unwrap();
        let (feed, memory) = (database.feed(), RelayMemory(database.pool()));
        let writer = database.writer();
        Self { database, broker, feed, memory, writer, providers: vec![], _folder: folder }
    }

    /// The same with this many events.
    pub(super) async fn with(events: usize) -> Self {
        let mut stage = Self::new().await;
        stage.write(events).await;
        stage
    }

    /// Writes this many events more, from many writers at once.
    pub(super) async fn write(&mut self, events: usize) {
        let mut left = events;
        while left >= 2 && self.providers.len() < WRITERS {
            let id = ProviderId(Uuid::now_v7());
            let create = create_provider(id, &format!("provider {}", self.providers.len()));
            self.writer.handle(&create, &request()).await.unwrap();
            self.providers.push(id);
            left -= 2;
        }
        let (writer, providers) = (&self.writer, &self.providers);
        stream::iter(0..left)
            .for_each_concurrent(WRITERS, |number| async move {
                let comments = Some(Uuid::new_v4().to_string());
                let verb = ChangeProvider {
                    id: providers[number % providers.len()],
                    details: ChangeDetails { name: None, comments },
                    associate_users: false,
                    deployment_mode: None,
                    visibility: None,
                };
                writer.handle(&verb, &request()).await.unwrap();
            })
            .await;
    }

    /// A connection as one of the broker's users.
    pub(super) async fn connection(&self, name: Name) -> Connection {
        let password = self.broker.password(name).expose().to_owned();
        let login = Some((name.as_str().to_owned(), password));
        let server = connect::Server { url: self.broker.address(), login };
        connect(&server, "story").await.unwrap()
    }

    /// The usual settings at a pace for stories.
    pub(super) fn settings(&self) -> Settings {
        Settings {
            look_interval: Duration::from_millis(100),
            pause_max: Duration::from_millis(200),
            ..Settings::new(INSTANCE, LIMITS)
        }
    }

    /// A relay at work, with a connection of its own.
    pub(super) async fn relay(&self) -> Running {
        self.relay_with(self.settings(), self.feed.clone()).await
    }

    pub(super) async fn relay_with<F: Feed + 'static>(
        &self,
        settings: Settings,
        feed: F,
    ) -> Running {
        let connection = self.connection(Name::Relay).await;
        let (relay, reports) = Relay::new(connection, feed, self.memory.clone(), settings);
        let task = tokio::spawn(async move { match relay.run().await {} });
        Running { task, reports }
    }

    /// The last position of the log.
    pub(super) async fn head(&self) -> i64 {
        self.feed.head().await.unwrap().0
    }

    /// The stream, as a subscriber may see it.
    pub(super) async fn stream(&self) -> jetstream::stream::Stream {
        let jetstream = self.connection(Name::Subscriber).await.jetstream;
        jetstream.get_stream(NAME).await.unwrap()
    }

    /// Everything that a subscriber who comes now finds.
    pub(super) async fn seen(&self) -> Vec<Message> {
        let stream = self.stream().await;
        let count = usize::try_from(stream.cached_info().state.messages).unwrap();
        let consumer = stream.create_consumer(named()).await.unwrap();
        let messages = consumer.messages().await.unwrap();
        let all = messages.take(count).map_ok(|message| Message::of(&message)).try_collect();
        timeout(SOON, all).await.expect("all messages in time").unwrap()
    }

    /// Asserts that the stream holds the events after `after`, each once and in order, with the
    /// bytes that the log has.
    pub(super) async fn assert_published_after(&self, after: i64) {
        let seen = self.seen().await;
        let log = all(&self.feed, Position(after)).await;
        let positions: Vec<_> = seen.iter().map(|message| message.position).collect();
        assert_eq!(positions, (after + 1..=self.head().await).collect::<Vec<_>>());
        for (message, event) in seen.iter().zip(&log) {
            assert_eq!(message.id, event.id.to_string());
            assert_eq!(
                message.data,
                serde_json::to_string(&adapters::event_json::EventJson(event)).unwrap()
            );
        }
    }

    /// Someone who is not the relay, and should not be allowed to, publishes where events go.
    pub(super) async fn intrude(&self) -> u64 {
        let jetstream = self.connection(Name::Relay).await.jetstream;
        let subject = format!("berth.v1._.provider.{}.ProviderCreated", Uuid::new_v4());
        jetstream.publish(subject, "intruder".into()).await.unwrap().await.unwrap().sequence
    }
}

/// All events after a position.
pub(super) async fn all(feed: &impl Feed, mut position: Position) -> Vec<Stored> {
    let mut events = vec![];
    loop {
        let page = feed.after(position, 1_000).await.unwrap();
        let Some(last) = page.last() else { return events };
        position = last.position;
        events.extend(page);
    }
}

/// A subscriber must name its consumer: without a name it could take the worker's.
fn named() -> OrderedConfig {
    OrderedConfig { name: Some(Uuid::new_v4().to_string()), ..OrderedConfig::default() }
}

/// A message as a subscriber reads it.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) position: i64,
    pub(super) id: String,
    /// The exact bytes of the event object.
    pub(super) data: String,
}

impl Message {
    fn of(message: &jetstream::Message) -> Self {
        #[derive(serde::Deserialize)]
        struct CloudEvent {
            id: String,
            sequence: String,
            data: Box<serde_json::value::RawValue>,
        }
        let Ok(event) = serde_json::from_slice::<CloudEvent>(&message.payload) else {
            return Self { position: 0, id: String::new(), data: String::new() };
        };
        let position = event.sequence.parse().unwrap();
        Self { position, id: event.id, data: event.data.get().to_owned() }
    }
}

/// A relay at work. Killed when dropped.
pub(super) struct Running {
    pub(super) task: JoinHandle<()>,
    pub(super) reports: watch::Receiver<Report>,
}

impl Running {
    async fn wait(&mut self, what: &str, is_it: impl FnMut(&Report) -> bool) -> Report {
        if let Ok(report) = timeout(SOON, self.reports.wait_for(is_it)).await {
            return report.unwrap().clone();
        }
        panic!("waited in vain for {what}: {:?}", self.reports.borrow())
    }

    /// Waits until the relay has published up to here and says that it is well.
    pub(super) async fn published(&mut self, position: i64) {
        let well =
            |report: &Report| report.health == Health::Publishing && report.published.0 >= position;
        self.wait("publishing", well).await;
    }

    pub(super) async fn alarm(&mut self) -> Alarm {
        let report = self.wait("an alarm", |r| matches!(r.health, Health::Alarm(_))).await;
        match report.health {
            Health::Alarm(alarm) => alarm,
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn unreachable(&mut self) {
        self.wait("an outage", |r| matches!(r.health, Health::BrokerUnreachable(_))).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Somebody who subscribed at the start and stays.
pub(super) struct Audience {
    pub(super) positions: Arc<Mutex<Vec<i64>>>,
    task: JoinHandle<()>,
}

impl Audience {
    pub(super) async fn of(stage: &Stage) -> Self {
        let consumer = stage.stream().await.create_consumer(named()).await.unwrap();
        let mut messages = consumer.messages().await.unwrap();
        let positions = Arc::<Mutex<Vec<i64>>>::default();
        let heard = positions.clone();
        let task = tokio::spawn(async move {
            while let Some(message) = messages.next().await {
                if let Ok(message) = message {
                    heard.lock().unwrap().push(Message::of(&message).position);
                }
            }
        });
        Self { positions, task }
    }

    /// Waits until it has heard of `head`; then it must have heard everything once and in order.
    pub(super) async fn assert_heard_all(&self, head: i64) {
        eventually("the audience hears the last event", || async {
            self.positions.lock().unwrap().contains(&head).then_some(())
        })
        .await;
        assert_eq!(*self.positions.lock().unwrap(), (1..=head).collect::<Vec<_>>());
    }
}

impl Drop for Audience {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is remembered of the stream.
pub(super) async fn remembered(stage: &Stage) -> Option<adapters::nats::place::Remembered> {
    stage.memory.recall(NAME).await.unwrap()
}
