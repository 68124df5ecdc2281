//! The queue before the log: commands on one stream wait for each other, a full queue says so, and
//! an answer that got lost on the way is found again. Connections that got lost are replaced.

use crate::story::{create_provider, request};
use adapters::postgres::{EventLog, connect, event_log::Limits};
use commands::{
    Error, Writer,
    ports::event_log,
    provider::{change::ChangeProvider, enable::EnableProvider},
};
use domain::{Position, feed::Feed as _, ids::ProviderId, provider::change_details::ChangeDetails};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tests::harness::{Database, eventually, proxy::Proxy};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

fn comment(id: ProviderId, text: String) -> ChangeProvider {
    let details = ChangeDetails { name: None, comments: Some(text) };
    ChangeProvider { id, details, deployment_mode: None, visibility: None, associate_users: false }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_commands_at_once_on_one_stream_none_is_refused() {
    let database = Database::create().await;
    let writer = database.writer();
    let id = ProviderId(Uuid::now_v7());
    writer.handle(&create_provider(id, "Paris"), &request()).await.unwrap();
    let tasks: Vec<_> = (0..64)
        .map(|number| {
            let writer = writer.clone();
            tokio::spawn(async move {
                writer.handle(&comment(id, number.to_string()), &request()).await
            })
        })
        .collect();
    let mut positions = HashSet::new();
    for task in tasks {
        positions.insert(task.await.unwrap().unwrap().position);
    }
    assert_eq!(positions.len(), 64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_busy_and_does_not_grow() {
    let database = Database::create().await;
    let limits = Limits { queue_max: 4, batch_max: 4 };
    let log = EventLog::start(database.pool(), database.options(), limits);
    let writer = Writer::new(Arc::new(log));
    // Whoever holds the lock of the log stops all writers.
    let mut holder = PgConnection::connect_with(&database.options()).await.unwrap();
    let lock = "SELECT pg_advisory_lock(7310868735423865709)";
    holder.execute(lock).await.unwrap();
    let tasks: Vec<_> = (0..32)
        .map(|number| {
            let writer = writer.clone();
            let create = create_provider(ProviderId(Uuid::now_v7()), &format!("p{number}"));
            tokio::spawn(async move { writer.handle(&create, &request()).await })
        })
        .collect();
    // Four wait in the queue, eight before it, and eight at most are on their way: the others found
    // no room and are refused at once, while the lock is still held.
    eventually("the others are refused", async || {
        (tasks.iter().filter(|task| task.is_finished()).count() >= 32 - 20).then_some(())
    })
    .await;
    holder.close().await.unwrap();
    let (mut stored, mut busy) = (0, 0);
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => stored += 1,
            Err(Error::Log(event_log::Error::Busy)) => busy += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((stored + busy, stored > 0), (32, true));
    let head = database.feed().head().await.unwrap();
    assert_eq!(head, Position(2 * stored));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_cut_off_after_the_commit_is_found_again() {
    let database = Database::create().await;
    let proxy = Proxy::start(&database.options()).await;
    let log = EventLog::start(database.pool(), proxy.options(), Limits::default());
    let writer = Writer::new(Arc::new(log));
    let id = ProviderId(Uuid::now_v7());
    writer.handle(&create_provider(id, "Paris"), &request()).await.unwrap();
    proxy.cut_next_answer();
    let answer = writer.handle(&EnableProvider { id }, &request()).await.unwrap();
    assert_eq!(proxy.answers_cut(), 1);
    assert_eq!(answer.position, Position(3));
    assert_eq!(database.feed().head().await.unwrap(), Position(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_whose_listen_was_cut_still_sees_what_comes() {
    let database = Database::create().await;
    let (feed, writer) = (database.feed(), database.writer());
    eventually("the feed listens", async || {
        let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
            WHERE datname = current_database() AND query ILIKE 'LISTEN%'";
        let count: i64 = sqlx::query_scalar(cut).fetch_one(&database.owner_pool()).await.unwrap();
        (count > 0).then_some(())
    })
    .await;
    let id = ProviderId(Uuid::now_v7());
    writer.handle(&create_provider(id, "Paris"), &request()).await.unwrap();
    eventually("the reader sees both events", async || {
        let events = feed.after(Position::START, 10).await.unwrap();
        if events.len() < 2 {
            feed.grown(Position::START).await;
        }
        (events.len() == 2).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_falls_silent_holds_no_connection_for_long() {
    let database = Database::create().await;
    let proxy = Proxy::start(&database.options()).await;
    let pool = connect(proxy.options(), 2, Duration::from_secs(1));
    let ask = || sqlx::query_scalar::<_, i32>("SELECT 1").fetch_one(&pool);
    let both = (pool.acquire().await.unwrap(), pool.acquire().await.unwrap());
    drop(both);
    proxy.fall_silent();
    // As requests do that take too long: nobody waits for the answers any more.
    let patience = Duration::from_millis(300);
    let (one, other) = tokio::join!(timeout(patience, ask()), timeout(patience, ask()));
    assert!(one.is_err() && other.is_err(), "{one:?} {other:?}");
    let begun = Instant::now();
    eventually("other connections take their place", async || ask().await.ok()).await;
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

/// As a restored backup does: the newest events are gone, and all connections with them.
async fn set_back(database: &Database, head: i64) {
    let owner = database.owner_pool();
    let drop_newest = format!(
        "ALTER TABLE log.events DISABLE TRIGGER append_only; \
         DELETE FROM log.events WHERE position > {head}; \
         ALTER TABLE log.events ENABLE TRIGGER append_only"
    );
    owner.execute(AssertSqlSafe(drop_newest)).await.unwrap();
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sqlx::query(cut).execute(&owner).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_set_back_is_not_asked_without_a_pause() {
    let database = Database::create().await;
    let (feed, writer) = (database.feed(), database.writer());
    let id = ProviderId(Uuid::now_v7());
    writer.handle(&create_provider(id, "Paris"), &request()).await.unwrap();
    for number in 0..8 {
        writer.handle(&comment(id, number.to_string()), &request()).await.unwrap();
    }
    let head = feed.head().await.unwrap();
    let woken = async |seen: Position| {
        let begun = Instant::now();
        feed.grown(seen).await;
        begun.elapsed() < Duration::from_millis(100)
    };
    eventually("it is known how far the log goes", async || {
        (woken(Position(head.0 - 1)).await && !woken(head).await).then_some(())
    })
    .await;
    set_back(&database, head.0 - 5).await;
    eventually("who has read all of it waits for more", async || {
        (!woken(Position(head.0 - 5)).await).then_some(())
    })
    .await;
}
