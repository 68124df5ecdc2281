//! The log under fire: many writers in several processes, killed at any moment.
//!
//! What is compared is always the same: what the writers were answered, what readers saw live, and
//! what the log holds in the end.

use crate::story::{create_provider, request};
use adapters::postgres::{EventFeed, EventLog, connect, event_log::Limits, migrate};
use api::embedded::postgres::{OWNER, Server, Settings};
use commands::Writer;
use domain::{Position, feed::Feed as _, ids::ProviderId, recorded::Stored};
use sqlx::postgres::PgConnectOptions;
use std::{
    collections::{HashMap, HashSet},
    process::Stdio,
    str::FromStr,
    sync::Arc,
};
use tests::harness::{
    Database,
    wait::{ACQUIRE_TIMEOUT, SOON},
};
use tokio::{
    process::Command,
    task::JoinHandle,
    time::{Duration, sleep, timeout},
};
use uuid::Uuid;

const TASKS: usize = 64;
const COMMANDS: usize = 12;
const STREAMS: usize = 8;
const READERS: usize = 3;
const PAUSE: Duration = Duration::from_millis(20);

/// What a writer process said before it ended.
#[derive(Default)]
struct Answers {
    stored: HashMap<String, i64>,
    lost: HashSet<String>,
    gone: HashSet<String>,
}

impl Answers {
    fn read(&mut self, output: &[u8]) {
        for line in String::from_utf8_lossy(output).lines() {
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["stored", command, position] => {
                    let position = position.parse().unwrap();
                    let before = self.stored.insert((*command).to_owned(), position);
                    assert_eq!(before, None, "{command} was answered twice");
                }
                ["lost", command] => drop(self.lost.insert((*command).to_owned())),
                ["gone", command] => drop(self.gone.insert((*command).to_owned())),
                // A killed process stops in the middle of a line.
                _ => {}
            }
        }
    }
}

async fn providers(writer: &Writer) -> Vec<ProviderId> {
    let ids: Vec<_> = (0..STREAMS).map(|_| ProviderId(Uuid::now_v7())).collect();
    for (number, id) in ids.iter().enumerate() {
        let create = create_provider(*id, &format!("provider {number}"));
        writer.handle(&create, &request()).await.unwrap();
    }
    ids
}

fn appender(url: &str, seed: usize, ids: &[ProviderId]) -> tokio::process::Child {
    Command::new(env!("CARGO_BIN_EXE_appender"))
        .arg(url)
        .args([seed, TASKS, COMMANDS].map(|number| number.to_string()))
        .args(ids.iter().map(ToString::to_string))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// Follows the log live from the start, asserting that nothing is missing, doubled or out of order.
fn follow(feed: EventFeed, until: tokio::sync::watch::Receiver<Option<i64>>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut seen = Position::START;
        while until.borrow().is_none_or(|head| seen.0 < head) {
            // While the server is down there is nothing to read; the reader stays.
            let Ok(events) = feed.after(seen, 100).await else {
                sleep(PAUSE).await;
                continue;
            };
            for event in &events {
                assert_eq!(event.position.0, seen.0 + 1);
                seen = event.position;
            }
            if events.is_empty() {
                feed.grown(seen).await;
            }
        }
    })
}

async fn whole_log(feed: &EventFeed) -> Vec<Stored> {
    let mut events = Vec::new();
    loop {
        let after = Position(i64::try_from(events.len()).unwrap());
        let page = feed.after(after, 1000).await.unwrap();
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}

/// Compares the answers with the log.
fn compare(answers: &Answers, events: &[Stored]) {
    let mut recorded: HashMap<String, i64> = HashMap::new();
    for event in events {
        let metadata: serde_json::Value = serde_json::from_str(&event.metadata).unwrap();
        let command = metadata["command_id"].as_str().unwrap().to_owned();
        if event.r#type == "ProviderDetailsChanged" {
            let before = recorded.insert(command, event.position.0);
            assert_eq!(before, None, "a command was recorded twice");
        }
    }
    for (command, position) in &answers.stored {
        assert_eq!(recorded.get(command), Some(position), "an acknowledged event is missing");
    }
    for command in &answers.lost {
        assert!(!recorded.contains_key(command), "a lost race was recorded");
    }
    let mut versions: HashMap<&str, i64> = HashMap::new();
    for event in events {
        let version = versions.entry(&event.stream).or_default();
        *version += 1;
        assert_eq!(event.version.0, *version, "a stream has a hole");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_of_64_writers_and_readers_agree_on_one_order() {
    let database = Database::create().await;
    let ids = providers(&database.writer()).await;
    let (done, until) = tokio::sync::watch::channel(None);
    let readers: Vec<_> = (0..READERS).map(|_| follow(database.feed(), until.clone())).collect();
    let writers = [1, 2].map(|seed| appender(&database.url(), seed, &ids));
    let mut answers = Answers::default();
    for writer in writers {
        let output = timeout(3 * SOON, writer.wait_with_output()).await.unwrap().unwrap();
        assert!(output.status.success());
        answers.read(&output.stdout);
    }
    let events = whole_log(&database.feed()).await;
    done.send(Some(i64::try_from(events.len()).unwrap())).unwrap();
    for reader in readers {
        timeout(SOON, reader).await.unwrap().unwrap();
    }
    compare(&answers, &events);
    assert_eq!(answers.stored.len() + answers.lost.len(), 2 * TASKS * COMMANDS);
    assert!(answers.gone.is_empty());
    assert_eq!(events.len(), 2 * STREAMS + answers.stored.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_postgresql_and_a_writer_loses_nothing_and_doubles_nothing() {
    let folder = std::env::temp_dir().join(format!("berth-fire-{}", Uuid::new_v4().simple()));
    let place = folder.clone();
    let start = move || Server::start(&place, &Settings::default()).unwrap();
    let server = Arc::new(tokio::task::spawn_blocking(start).await.unwrap());
    let url = server.url_of(OWNER, "berth");
    let options = PgConnectOptions::from_str(&url).unwrap();
    migrate(&options, None).await.unwrap();
    let pool = connect(options.clone(), 8, ACQUIRE_TIMEOUT);
    let log = EventLog::start(pool.clone(), options.clone(), Limits::default());
    let ids = providers(&Writer::new(Arc::new(log))).await;
    let feed = EventFeed::start(pool, options);
    let (done, until) = tokio::sync::watch::channel(None);
    let readers: Vec<_> = (0..READERS).map(|_| follow(feed.clone(), until.clone())).collect();
    let mut killed = appender(&url, 1, &ids);
    let kept = appender(&url, 2, &ids);
    grows(&feed, 200).await;
    killed.start_kill().unwrap();
    grows(&feed, 100).await;
    let again = Arc::clone(&server);
    let crash = move || {
        again.kill().unwrap();
        again.start_again().unwrap();
    };
    tokio::task::spawn_blocking(crash).await.unwrap();
    let mut answers = Answers::default();
    for writer in [killed, kept] {
        let output = timeout(4 * SOON, writer.wait_with_output()).await.unwrap().unwrap();
        answers.read(&output.stdout);
    }
    let events = whole_log(&feed).await;
    done.send(Some(i64::try_from(events.len()).unwrap())).unwrap();
    for reader in readers {
        timeout(SOON, reader).await.unwrap().unwrap();
    }
    compare(&answers, &events);
    assert!(answers.gone.is_empty(), "the writer that was not killed got all its answers");
    drop(server);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Waits until the log has grown by so many events.
async fn grows(feed: &EventFeed, by: i64) {
    let start = feed.head().await.unwrap().0;
    tests::harness::eventually("the writers write", async || {
        (feed.head().await.ok()?.0 >= start + by).then_some(())
    })
    .await;
}
