//! How fast a read model is made anew while it is asked: the node list, from a million events.
//!
//! `make bench`. The log is filled by one statement, beside
//! `log.append()`, since only its reading is measured. Every other event of a node is an
//! administrator's, so that both of its streams count; the events of all nodes take turns, as they
//! do in a log.
#![expect(clippy::expect_used, reason = "a benchmark stops where it fails")]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use adapters::postgres::{EventFeed, connect, migrate};
use api::embedded::postgres::{OWNER, Server, Settings};
use domain::{
    Position,
    ids::{NodeId, ProviderId},
};
use projections::{
    Model,
    node_list::query::{self, Filter},
    page::Listing,
    rebuild,
};
use rand::Rng;
use sqlx::{Connection, Executor, PgConnection, PgPool, postgres::PgConnectOptions};
use std::{
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval, sleep},
};
use uuid::Uuid;

/// Each has two streams: what is wanted of it, and what its cluster shows.
const NODES: i64 = 50_000;
/// Events of each node; half of them in each of its streams.
const EVENTS_EACH: i64 = 20;
/// Measured rebuilds; the first one, with nobody asking, only makes the tables.
const ROUNDS: usize = 3;
/// Queries a second while a rebuild is running.
const READS_PER_SECOND: u64 = 100;
/// What is promised.
const EVENTS_PER_SECOND_MIN: f64 = 100_000.0;
/// The pause before a rebuild is begun again.
const BUSY_PAUSE: Duration = Duration::from_millis(20);
/// How long a connection may be waited for.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// Fills the log. `$1` nodes, `$2` events each: the first one discovers the node, then labels and
/// observations take turns.
const FILL: &str = r#"
INSERT INTO log.events (position, recorded_at, id, stream, version, type, schema_version, data,
    metadata, tags, leaf_hash)
SELECT (turn - 1) * $1 + node, '2026-03-01T12:00:00Z', gen_random_uuid(),
    CASE WHEN turn % 2 = 0 THEN 'node:' ELSE 'node_observation:' END || id,
    (turn + 1) / 2,
    CASE WHEN turn = 1 THEN 'NodeDiscovered' WHEN turn % 2 = 0 THEN 'NodeLabeled'
        ELSE 'NodeObserved' END,
    1,
    CASE WHEN turn % 2 = 0 THEN format(
        '{"before":null,"cluster_id":"%s","key":"key%s","provider_id":"%s","value":"a"}',
        place, turn, place)
    ELSE format(
        '{"cluster_id":"%s","facts":{"address":"10.9.0.1","availability":"active",'
        '"engine_labels":{"storage":"ssd"},"labels":{"rack":"%s","turn":"%s"},"leader":false,'
        '"name":"node-%s","native_id":"n%s","reachability":"not_applicable","role":"worker",'
        '"state":"ready"},"provider_id":"%s"}',
        place, node % 40, turn, node, node, place)
    END::json,
    '{}', '[]', sha256('')
FROM generate_series(1, $2) turn, generate_series(1, $1) node,
    LATERAL (SELECT md5('node' || node)::uuid AS id, md5('place' || node % 100)::uuid AS place) ids
"#;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), &Settings::default()).expect("start PostgreSQL");
    let options =
        PgConnectOptions::from_str(&server.url_of(OWNER, "berth")).expect("a PostgreSQL URL");
    migrate(&options, None).await.expect("migrate");
    let places = fill(&options).await;
    let pool = connect(options.clone(), 8, ACQUIRE_TIMEOUT);
    let feed = EventFeed::start(pool.clone(), options);
    again(&pool, &feed).await;

    let mut rates = vec![];
    for round in 1..=ROUNDS {
        let reader = Reader::start(pool.clone(), places.clone());
        let (at, took) = again(&pool, &feed).await;
        let reads = reader.stop().await;
        let events = NODES * EVENTS_EACH;
        assert_eq!(at, Position(events), "all events were applied");
        #[expect(clippy::cast_precision_loss, reason = "a million fits")]
        let rate = events as f64 / took.as_secs_f64();
        let slowest = reads.iter().max().expect("some reads");
        let count = reads.len();
        println!(
            "round {round} of {ROUNDS}: {events} events in {took:.1?}: {rate:.0} a second; \
             meanwhile {count} reads, none failed, the slowest took {slowest:.0?}"
        );
        rates.push(rate);
    }
    rates.sort_by(f64::total_cmp);
    let median = rates[ROUNDS / 2];
    drop(server);
    println!("median: {median:.0} events a second; promised: {EVENTS_PER_SECOND_MIN:.0}");
    assert!(median >= EVENTS_PER_SECOND_MIN, "a promise was not kept");
}

/// Makes the read model anew, as soon as PostgreSQL has seen that the rebuild before is over.
async fn again(pool: &PgPool, feed: &EventFeed) -> (Position, Duration) {
    loop {
        let begun = Instant::now();
        match rebuild::run(pool, feed, Model::NodeList, |_| {}).await {
            Ok(at) => return (at, begun.elapsed()),
            Err(rebuild::Error::Busy(_)) => sleep(BUSY_PAUSE).await,
            Err(error) => panic!("a rebuild failed: {error}"),
        }
    }
}

/// Makes the log; answers some nodes, each with its provider.
async fn fill(options: &PgConnectOptions) -> Vec<(Uuid, Uuid)> {
    let mut connection = PgConnection::connect_with(options).await.expect("connect");
    sqlx::query(FILL)
        .bind(NODES)
        .bind(EVENTS_EACH)
        .execute(&mut connection)
        .await
        .expect("fill the log");
    connection.execute("VACUUM ANALYZE log.events").await.expect("vacuum");
    sqlx::query_as(
        "SELECT md5('node' || node)::uuid, md5('place' || node % 100)::uuid
        FROM generate_series(1, 1000) node",
    )
    .fetch_all(&mut connection)
    .await
    .expect("ids")
}

/// Asks for a node and for a page of nodes, in turns, at a steady pace.
struct Reader {
    stop: Arc<AtomicBool>,
    task: JoinHandle<Vec<Duration>>,
}

impl Reader {
    fn start(pool: PgPool, places: Vec<(Uuid, Uuid)>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let task = tokio::spawn(async move {
            let mut pace = interval(Duration::from_millis(1000 / READS_PER_SECOND));
            pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
            let mut took = vec![];
            while !stopped.load(Ordering::Relaxed) {
                pace.tick().await;
                let (node, provider) = places[rand::rng().random_range(0..places.len())];
                let (node, provider) = (NodeId(node), ProviderId(provider));
                let begun = Instant::now();
                if took.len() % 2 == 0 {
                    let found = query::get(&pool, provider, node).await.expect("a node");
                    assert!(found.row.is_some(), "the node was there and is there");
                } else {
                    let filter = Filter { provider: Some(provider), ..Filter::default() };
                    let listing = Listing { limit: 50, ..Listing::default() };
                    let page = query::list(&pool, &filter, &listing).await.expect("a page");
                    assert_eq!(page.items.len(), 50);
                }
                took.push(begun.elapsed());
            }
            took
        });
        Self { stop, task }
    }

    async fn stop(self) -> Vec<Duration> {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.expect("the reader")
    }
}
