//! What a command costs on a stream of ten thousand events.
//!
//! `make bench`. The reference is the same command on a stream of a few events, in turns with it. A
//! process that has just started remembers nothing and folds the whole stream: what each command
//! would cost without the memory, shown beside it.
#![expect(clippy::expect_used, reason = "a benchmark stops where it fails")]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use adapters::postgres::{EventLog, connect, event_log::Limits, migrate};
use api::embedded::postgres::{OWNER, Server, Settings};
use commands::{
    Request, Writer,
    provider::{change::ChangeProvider, create::CreateProvider},
};
use domain::{
    ids::{CommandId, CorrelationId, PrincipalId, ProviderId},
    metadata::Metadata,
    provider::{DeploymentMode, Kind, Visibility, change_details::ChangeDetails, create::Create},
    testing::name,
};
use sqlx::postgres::PgConnectOptions;
use std::{
    collections::BTreeMap,
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};
use tests::harness::{Busy, wait::ACQUIRE_TIMEOUT};
use uuid::Uuid;

/// Events of the long stream, before the first command.
const EVENTS: usize = 10_000;
/// Commands of each kind.
const ROUNDS: usize = 200;
/// What is promised: a long stream costs at most so many times a short one.
const RATIO_MAX: f64 = 2.0;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), &Settings::default()).expect("start PostgreSQL");
    let url = server.url_of(OWNER, "berth");
    let options = PgConnectOptions::from_str(&url).expect("a PostgreSQL URL");
    migrate(&options, None).await.expect("migrate");
    let pool = connect(options.clone(), 4, ACQUIRE_TIMEOUT);
    let log = Arc::new(EventLog::start(pool, options, Limits::default()));
    let mut busy = Busy::alone(EVENTS);
    busy.chronicle.record(&log).await;
    let writer = Writer::new(Arc::clone(&log) as _);
    let short = ProviderId(Uuid::now_v7());
    create(&writer, short).await;
    let (mut few, mut many, mut fresh) = (vec![], vec![], vec![]);
    for round in 0..ROUNDS {
        few.push(change(&writer, short, round).await);
        many.push(change(&writer, busy.provider, round).await);
        let started = Writer::new(Arc::clone(&log) as _);
        fresh.push(change(&started, busy.provider, ROUNDS + round).await);
    }
    let (few, many, fresh) = (Took::of(few), Took::of(many), Took::of(fresh));
    println!("ChangeProvider, {ROUNDS} each in turns, durable");
    println!("\n| stream | median | p99 |\n| --- | ---: | ---: |");
    few.print("a few events (reference)");
    fresh.print(&format!("{EVENTS} events, by a process that remembers nothing"));
    many.print(&format!("{EVENTS} events"));
    let ratio = many.median.as_secs_f64() / few.median.as_secs_f64();
    let kept = ratio <= RATIO_MAX;
    let word = if kept { "yes" } else { "NO" };
    println!("\n| promise | reached | kept |\n| --- | ---: | --- |");
    println!("| long stream ≤ {RATIO_MAX} × short stream | {ratio:.2} × | {word} |");
    drop(server);
    assert!(kept, "a promise was not kept");
}

/// How long something took.
struct Took {
    median: Duration,
    p99: Duration,
}

impl Took {
    fn of(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self { median: all[all.len() / 2], p99: all[all.len() * 99 / 100] }
    }

    fn print(&self, what: &str) {
        println!("| {what} | {:.2?} | {:.2?} |", self.median, self.p99);
    }
}

async fn change(writer: &Writer, id: ProviderId, round: usize) -> Duration {
    let change = ChangeProvider {
        id,
        details: ChangeDetails { comments: Some(format!("round {round}")), name: None },
        deployment_mode: None,
        visibility: None,
        associate_users: false,
    };
    let begun = Instant::now();
    writer.handle(&change, &request()).await.expect("a change");
    begun.elapsed()
}

async fn create(writer: &Writer, id: ProviderId) {
    let create = Create {
        name: name("short"),
        kind: Kind::Swarm,
        visibility: Visibility::Public,
        deployment_mode: DeploymentMode::Single,
        comments: String::new(),
        clusters: vec![],
    };
    let create = CreateProvider { id, create, access: BTreeMap::new() };
    writer.handle(&create, &request()).await.expect("a provider");
}

fn request() -> Request {
    let command_id = CommandId(Uuid::now_v7());
    Request {
        metadata: Metadata {
            actor: PrincipalId::WORKER,
            causation_id: None,
            command_id,
            correlation_id: CorrelationId(command_id.0),
        },
        digest: [1; 32],
        expected: None,
        repeatable: true,
    }
}
