//! How fast the log is, as ratios against a named reference in the same run.
//!
//! `make bench`. Absolute figures belong to the machine; the ratios are what is promised. Rounds
//! take turns (ours, reference, ours, …), so that a slow moment of the machine hits both.
#![expect(clippy::expect_used, reason = "a benchmark stops where it fails")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

mod appends;
mod figures;
mod reference;

use adapters::postgres::migrate;
use api::embedded::postgres::{OWNER, Server, Settings};
use figures::{Figures, Promise};
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use std::{str::FromStr, time::Duration};

/// Writers at once.
const WRITERS: [usize; 4] = [1, 16, 64, 256];
/// Rounds of each; the table shows their medians.
const ROUNDS: usize = 5;
/// How long one round takes.
const ROUND: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), &Settings::default().with("max_connections", "400"))
        .expect("start PostgreSQL");
    let options =
        PgConnectOptions::from_str(&server.url_of(OWNER, "berth")).expect("a PostgreSQL URL");
    migrate(&options, None).await.expect("migrate");
    print_settings(&options).await;
    reference::prepare(&options).await;
    let mut figures = Figures::default();
    for round in 1..=ROUNDS {
        for writers in WRITERS {
            println!("round {round} of {ROUNDS}, {writers} writers");
            figures.ours(writers, appends::run(&options, writers, ROUND).await);
            if writers <= 64 {
                figures.reference(writers, reference::run(&server, writers, ROUND, folder.path()));
            }
        }
    }
    figures.print();
    let promises = [
        Promise::throughput(64, 64, 2.0),
        Promise::throughput(256, 64, 3.0),
        Promise::latency(1, 1, 1.4),
    ];
    let kept = figures.keeps(&promises);
    assert!(kept, "a promise was not kept");
}

/// What makes an answer durable, as the server has it now.
async fn print_settings(options: &PgConnectOptions) {
    let mut connection = PgConnection::connect_with(options).await.expect("connect");
    for name in ["server_version", "fsync", "full_page_writes", "synchronous_commit"] {
        let value: String = sqlx::query_scalar("SELECT current_setting($1)")
            .bind(name)
            .fetch_one(&mut connection)
            .await
            .expect("ask for a setting");
        println!("{name} = {value}");
    }
}
