//! A broker that knows more than the log, and one whose stream is not what it must be.

use super::stage::{LIMITS, Stage, all};
use adapters::{
    nats::{
        health::Alarm,
        relay::Settings,
        stream::{Discard, Limits, NAME},
    },
    postgres::EventFeed,
};
use api::embedded::nats::Name;
use async_nats::jetstream::stream::Config;
use domain::{Position, feed::Feed, ids::EventId, recorded::Stored};
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

/// A log restored from a backup: it ends earlier, until it grows again.
struct Restored {
    feed: EventFeed,
    head: watch::Receiver<i64>,
}

impl Feed for Restored {
    type Error = <EventFeed as Feed>::Error;

    async fn after(&self, position: Position, limit: u16) -> Result<Vec<Stored>, Self::Error> {
        let head = *self.head.borrow();
        let mut events = self.feed.after(position, limit).await?;
        events.retain(|event| event.position.0 <= head);
        Ok(events)
    }

    async fn head(&self) -> Result<Position, Self::Error> {
        Ok(Position(*self.head.borrow()))
    }

    async fn grown(&self, seen: Position) {
        self.feed.grown(seen).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_ahead_of_the_log_is_an_alarm_until_the_log_is_back() {
    let stage = Stage::with(20).await;
    stage.relay().await.published(20).await;
    let (restore, head) = watch::channel(15);
    let feed = Restored { feed: stage.feed.clone(), head };
    let mut relay = stage.relay_with(stage.settings(), feed).await;
    let alarm = Alarm::AheadOfLog { published: Position(20), head: Position(15) };
    assert_eq!(relay.alarm().await, alarm);
    stage.assert_published_after(0).await;
    restore.send_replace(i64::MAX);
    relay.published(20).await;
    stage.assert_published_after(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_restored_under_a_running_relay_is_noticed() {
    let stage = Stage::with(20).await;
    let (restore, head) = watch::channel(i64::MAX);
    let feed = Restored { feed: stage.feed.clone(), head };
    let mut relay = stage.relay_with(stage.settings(), feed).await;
    relay.published(20).await;
    restore.send_replace(12);
    let alarm = Alarm::AheadOfLog { published: Position(20), head: Position(12) };
    assert_eq!(relay.alarm().await, alarm);
}

/// Two histories under one name: what a log writes after it was restored.
struct Rewritten {
    events: Vec<Stored>,
}

impl Feed for Rewritten {
    type Error = std::convert::Infallible;

    async fn after(&self, position: Position, limit: u16) -> Result<Vec<Stored>, Self::Error> {
        let after = self.events.iter().filter(|event| event.position > position);
        Ok(after.take(usize::from(limit)).cloned().collect())
    }

    async fn head(&self) -> Result<Position, Self::Error> {
        Ok(self.events.last().map_or(Position::START, |event| event.position))
    }

    async fn grown(&self, _seen: Position) {
        std::future::pending().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_history_than_the_brokers_is_an_alarm() {
    let stage = Stage::with(20).await;
    stage.relay().await.published(20).await;
    let mut events = all(&stage.feed, Position::START).await;
    events[19].id = EventId(Uuid::new_v4());
    let more = Stored { position: Position(21), id: EventId(Uuid::new_v4()), ..events[19].clone() };
    events.push(more);
    let mut relay = stage.relay_with(stage.settings(), Rewritten { events }).await;
    assert_eq!(relay.alarm().await, Alarm::Diverged { position: Position(20) });
    stage.assert_published_after(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_in_the_log_is_an_alarm_and_not_a_hole_on_nats() {
    let stage = Stage::with(20).await;
    let mut events = all(&stage.feed, Position::START).await;
    events.remove(7);
    let mut relay = stage.relay_with(stage.settings(), Rewritten { events }).await;
    assert_eq!(relay.alarm().await, Alarm::Hole { missing: Position(8) });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_someone_else_made_is_left_alone_and_named() {
    let stage = Stage::with(2).await;
    let jetstream = stage.connection(Name::Relay).await.jetstream;
    let subjects = vec!["berth.>".to_owned()];
    let theirs = Config { name: NAME.to_owned(), subjects, ..Config::default() };
    jetstream.create_stream(theirs).await.unwrap();
    let mut relay = stage.relay().await;
    let alarm = relay.alarm().await;
    let Alarm::StreamDiffers(differences) = &alarm else { panic!("{alarm}") };
    let keys: Vec<_> = differences.iter().map(|difference| difference.key).collect();
    assert_eq!(keys, ["subjects", "deny_delete", "deny_purge"]);
    jetstream.delete_stream(NAME).await.unwrap();
    relay.published(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_stream_that_discards_nothing_is_an_alarm_until_there_is_room() {
    let stage = Stage::with(100).await;
    let limits = Limits { discard: Discard::New, max_bytes: 1 << 14, ..LIMITS };
    let full = Settings { limits, ..stage.settings() };
    let mut relay = stage.relay_with(full, stage.feed.clone()).await;
    let alarm = relay.alarm().await;
    assert!(
        matches!(&alarm, Alarm::Refused { reason, .. } if reason.contains("maximum bytes")),
        "{alarm}"
    );
    drop(relay);
    stage.relay().await.published(100).await;
    stage.assert_published_after(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_and_empty_stream_of_which_nothing_is_known_is_an_alarm() {
    let stage = Stage::with(10).await;
    let limits = Limits { max_age: Duration::from_secs(1), ..LIMITS };
    let settings = Settings { limits, ..stage.settings() };
    stage.relay_with(settings.clone(), stage.feed.clone()).await.published(10).await;
    sqlx::query("DELETE FROM work.relay").execute(&stage.database.pool()).await.unwrap();
    let mut relay = stage.relay_with(settings, stage.feed.clone()).await;
    // As long as an event is there, the stream itself is enough; and then it is known again.
    relay.published(10).await;
    drop(relay);
    sqlx::query("DELETE FROM work.relay").execute(&stage.database.pool()).await.unwrap();
    let mut stream = stage.stream().await;
    tests::harness::eventually("the stream ages to empty", async || {
        (stream.info().await.unwrap().state.messages == 0).then_some(())
    })
    .await;
    assert_eq!(stage.relay().await.alarm().await, Alarm::PlaceUnknown { last_sequence: 10 });
}
