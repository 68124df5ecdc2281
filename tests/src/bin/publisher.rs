//! A process that publishes: a relay that a story can kill with everything it has in hand.
//!
//! `publisher <address of NATS>`, with `STORY_PASSWORD` and `STORY_POSTGRES` in the environment.
//! It says `publishing` once the first events are acknowledged.
#![expect(clippy::expect_used, reason = "a tool of the tests stops where it fails")]
#![expect(clippy::print_stdout, reason = "the line is its answer")]

use adapters::{
    nats::{
        connect::{Server, connect},
        relay::{Relay, Settings},
        stream::{Discard, Limits},
    },
    postgres::{self, EventFeed, RelayMemory},
};
use domain::Position;
use sqlx::postgres::PgConnectOptions;
use std::{env, str::FromStr, time::Duration};

/// Small, so that a short life sees many windows.
const WINDOW: u16 = 8;
/// How long it waits for a connection to PostgreSQL.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
const LIMITS: Limits =
    Limits { max_age: Duration::from_secs(3_600), max_bytes: 1 << 28, discard: Discard::Old };

#[tokio::main]
async fn main() {
    let address = env::args().nth(1).expect("the address of NATS");
    let password = env::var("STORY_PASSWORD").expect("the relay's password");
    let url = env::var("STORY_POSTGRES").expect("the address of PostgreSQL");
    let options = PgConnectOptions::from_str(&url).expect("a PostgreSQL URL");
    let pool = postgres::connect(options.clone(), 2, ACQUIRE_TIMEOUT);
    let server = Server { url: address, login: Some(("relay".to_owned(), password)) };
    let connection = connect(&server, "publisher").await.expect("a client");
    let feed = EventFeed::start(pool.clone(), options);
    let settings = Settings { window: WINDOW, ..Settings::new("story", LIMITS) };
    let (relay, mut reports) = Relay::new(connection, feed, RelayMemory(pool), settings);
    tokio::spawn(async move {
        if reports.wait_for(|report| report.published > Position::START).await.is_ok() {
            println!("publishing");
        }
    });
    match relay.run().await {}
}
