//! Durable appends with every guarantee: expected version, a guard on another stream, a stored
//! command, tags, leaf hash.

use adapters::postgres::{EventLog, connect, event_log::Limits};
use commands::ports::event_log::{Append, EventLog as _, NewEvent, Outcome};
use domain::{
    Aggregate, Event, StreamId, Version,
    ids::{CommandId, CorrelationId, EventId, NodeId, PrincipalId},
    metadata::Metadata,
    node::{self, Node},
    testing::{key, place, value},
};
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tests::harness::wait::{ACQUIRE_TIMEOUT, eventually};
use uuid::Uuid;

/// What one round showed.
pub(crate) struct Round {
    /// Appends a second.
    pub(crate) throughput: f64,
    /// Median time from asking to durable.
    pub(crate) latency: Duration,
}

/// Lets `writers` append, each to a node of its own, as `LabelNode` does.
pub(crate) async fn run(options: &PgConnectOptions, writers: usize, time: Duration) -> Round {
    let pool = connect(options.clone(), 2, ACQUIRE_TIMEOUT);
    let limits = Limits::default();
    let log = Arc::new(EventLog::start(pool, options.clone(), limits));
    let start = Instant::now();
    let tasks: Vec<_> =
        (0..writers).map(|_| tokio::spawn(write(Arc::clone(&log), start + time))).collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await.expect("a writer"));
    }
    indexed(options).await;
    let throughput = latencies.len() as f64 / start.elapsed().as_secs_f64();
    latencies.sort_unstable();
    Round { throughput, latency: latencies[latencies.len() / 2] }
}

/// Waits until the tags are indexed too: what is put off is not saved.
async fn indexed(options: &PgConnectOptions) {
    let rest = "SELECT max(position) - (SELECT position FROM log.tags_indexed) FROM log.events";
    let mut connection = PgConnection::connect_with(options).await.expect("connect");
    eventually("all tags are indexed", async || {
        let rest = sqlx::query_scalar::<_, i64>(rest).fetch_one(&mut connection).await;
        (rest.expect("ask") == 0).then_some(())
    })
    .await;
}

async fn write(log: Arc<EventLog>, end: Instant) -> Vec<Duration> {
    let node = NodeId(Uuid::now_v7());
    let mut latencies = Vec::new();
    let mut version = Version::NONE;
    while Instant::now() < end {
        let asked = Instant::now();
        let outcome = log.append(append(node, version)).await.expect("append");
        assert!(matches!(outcome, Outcome::Stored(_)), "{outcome:?}");
        latencies.push(asked.elapsed());
        version = version.next();
    }
    latencies
}

fn append(id: NodeId, version: Version) -> Append {
    let command_id = CommandId(Uuid::now_v7());
    let stream = StreamId::node(id);
    let event: node::Event = node::label::Labeled {
        before: (version != Version::NONE).then(|| value("before")),
        cluster_id: place().cluster,
        key: key("zone"),
        provider_id: place().provider,
        value: value("a"),
    }
    .into();
    let tags = Node::tags(id, &event);
    Append {
        metadata: Metadata {
            actor: PrincipalId::WORKER,
            causation_id: None,
            command_id,
            correlation_id: CorrelationId(command_id.0),
        },
        request: [7; 32],
        result: format!(r#"{{"id":"{id}"}}"#),
        subject: stream,
        expected: vec![(stream, version), (StreamId::provider(place().provider), Version::NONE)],
        referrers: vec![],
        events: vec![NewEvent {
            id: EventId::of(command_id, 0),
            stream,
            version: version.next(),
            payload: Event::from(event),
            tags,
        }],
        free: vec![],
        take: vec![],
        unrefer: vec![],
        refer: vec![],
        end: vec![],
    }
}
