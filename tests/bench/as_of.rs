//! How fast the past is shown: `as_of` over a provider with ten thousand events, over HTTP.
//!
//! `make bench`. The reference is the limit: each answer within 50 ms. Once the events are spread
//! over the streams that touch the provider, once they are all in its own, which is the longest
//! fold there is.
#![expect(clippy::expect_used, reason = "a benchmark stops where it fails")]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use adapters::postgres::{EventLog, connect, event_log::Limits, migrate};
use api::embedded::postgres::{OWNER, Server, Settings};
use rand::Rng;
use sqlx::postgres::PgConnectOptions;
use std::{
    str::FromStr,
    time::{Duration, Instant},
};
use tests::harness::{Berth, Busy, wait::ACQUIRE_TIMEOUT};

/// Events that touch the provider.
const EVENTS: usize = 10_000;
/// Answers of each kind.
const ASKED: usize = 300;
/// What is promised of each answer; judged by the slowest but one in a hundred.
const LIMIT: Duration = Duration::from_millis(50);

#[tokio::main]
async fn main() {
    println!("as_of over a provider with {EVENTS} events; limit: p99 ≤ {LIMIT:?}");
    println!("\n| events | what | median | p99 | kept |\n| --- | --- | ---: | ---: | --- |");
    let spread = measure("in all streams", Busy::spread(EVENTS)).await;
    let alone = measure("in its own stream", Busy::alone(EVENTS)).await;
    assert!(spread && alone, "a promise was not kept");
}

/// Asks for everything that has an `as_of`, at moments anywhere in the log.
async fn measure(shape: &str, mut busy: Busy) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(&folder.path().join("log"), &Settings::default());
    let server = server.expect("start PostgreSQL");
    let url = server.url_of(OWNER, "berth");
    let options = PgConnectOptions::from_str(&url).expect("a PostgreSQL URL");
    migrate(&options, None).await.expect("migrate");
    let pool = connect(options.clone(), 2, ACQUIRE_TIMEOUT);
    busy.chronicle.record(&EventLog::start(pool, options, Limits::default())).await;
    let settings = [("BERTH_POSTGRES__URL", url.as_str())];
    let berth = Berth::start(&folder.path().join("berth"), &settings).await;
    let head = busy.chronicle.len();
    berth.get(&format!("/v1/providers/{}?at_least={head}", busy.provider)).await;
    let mut kept = true;
    let first = head - EVENTS.min(head - 20);
    for (what, rest) in [
        ("the provider", String::new()),
        ("its clusters", "/clusters".to_owned()),
        ("a node", format!("/nodes/{}", busy.nodes[0])),
    ] {
        let path = format!("/v1/providers/{}{rest}", busy.provider);
        let mut took = vec![];
        for number in 0..ASKED {
            // Every third time the newest moment, which is the longest fold.
            let at = if number % 3 == 0 { head } else { rand::rng().random_range(first..=head) };
            let begun = Instant::now();
            berth.get(&format!("{path}?as_of={at}")).await;
            took.push(begun.elapsed());
        }
        took.sort_unstable();
        let (median, p99) = (took[ASKED / 2], took[ASKED * 99 / 100]);
        let within = p99 <= LIMIT;
        kept &= within;
        let word = if within { "yes" } else { "NO" };
        println!("| {shape} | {what} | {median:.1?} | {p99:.1?} | {word} |");
    }
    berth.stop().await;
    drop(server);
    kept
}
