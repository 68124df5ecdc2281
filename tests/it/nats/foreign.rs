//! Messages that are not ours, where ours should be.

use super::stage::{LIMITS, Stage};
use adapters::nats::{
    health::Alarm,
    relay::Settings,
    stream::{self, Limits},
};
use api::embedded::nats::Name;
use std::time::Duration;

/// Positions of what the stream holds; 0 for what is not an event.
async fn positions(stage: &Stage) -> Vec<i64> {
    stage.seen().await.iter().map(|message| message.position).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_message_at_the_end_stops_an_idle_relay() {
    let mut stage = Stage::with(10).await;
    let mut relay = stage.relay().await;
    relay.published(10).await;
    let sequence = stage.intrude().await;
    assert_eq!(relay.alarm().await, Alarm::Foreign { sequence });
    stage.write(5).await;
    // Another relay sees the same, and nothing is published behind it.
    assert_eq!(stage.relay().await.alarm().await, Alarm::Foreign { sequence });
    let expected: Vec<i64> = (1..=10).chain([0]).collect();
    assert_eq!(positions(&stage).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_messages_amid_publishing_never_hide_an_event() {
    let mut stage = Stage::with(1_000).await;
    let settings = Settings { window: 32, ..stage.settings() };
    let mut relay = stage.relay_with(settings, stage.feed.clone()).await;
    relay.published(64).await;
    let jetstream = stage.connection(Name::Relay).await.jetstream;
    let subject = "berth.v1._.provider.1.ProviderCreated";
    let first = jetstream.publish(subject, "a".into()).await.unwrap().await.unwrap().sequence;
    // More of them, in the gaps that a pipeline of refused messages leaves.
    for _ in 0..50 {
        jetstream.publish(subject, "b".into()).await.unwrap().await.unwrap();
    }
    assert_eq!(relay.alarm().await, Alarm::Foreign { sequence: first });
    stage.write(1).await;
    let seen = positions(&stage).await;
    let before = usize::try_from(first - 1).unwrap();
    let ours: Vec<i64> = (1..).take(before).collect();
    assert_eq!(seen[..before], ours, "what came before is whole");
    assert!(seen[before..].iter().all(|position| *position == 0), "nothing of ours comes after");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_message_before_the_first_event_stops_the_relay() {
    let stage = Stage::with(10).await;
    let jetstream = stage.connection(Name::Relay).await.jetstream;
    stream::make(&jetstream, &LIMITS).await.unwrap();
    assert_eq!(stage.intrude().await, 1);
    let mut relay = stage.relay().await;
    assert_eq!(relay.alarm().await, Alarm::Foreign { sequence: 1 });
    // The cure that the alarm names.
    jetstream.delete_stream(stream::NAME).await.unwrap();
    relay.published(10).await;
    stage.assert_published_after(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn once_foreign_messages_aged_out_the_next_event_is_the_next_event() {
    let mut stage = Stage::with(10).await;
    let limits = Limits { max_age: Duration::from_secs(2), ..LIMITS };
    let settings = Settings { limits, ..stage.settings() };
    let mut relay = stage.relay_with(settings, stage.feed.clone()).await;
    relay.published(10).await;
    let sequence = stage.intrude().await;
    assert_eq!(relay.alarm().await, Alarm::Foreign { sequence });
    stage.write(3).await;
    relay.published(13).await;
    stage.assert_published_after(10).await;
}
