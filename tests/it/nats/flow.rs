//! What a subscriber sees when nothing goes wrong, and what it may not do.

use super::stage::{Audience, LIMITS, Stage};
use adapters::{
    nats::{cloud_event::source, stream},
    postgres::Sole,
};
use api::embedded::nats::Name;
use domain::Position;
use std::time::Duration;
use tests::harness::eventually;
use tokio::sync::watch;

#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_published_once_in_order_and_byte_for_byte() {
    let mut stage = Stage::with(600).await;
    let mut relay = stage.relay().await;
    relay.published(600).await;
    let audience = Audience::of(&stage).await;
    stage.write(50).await;
    relay.published(650).await;
    stage.assert_published_after(0).await;
    audience.assert_heard_all(650).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_a_cloud_event_with_headers_to_match() {
    let stage = Stage::with(2).await;
    stage.relay().await.published(2).await;
    let message = stage.stream().await.get_raw_message(1).await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&message.payload).unwrap();
    let data = &body["data"];
    let stream = data["stream"].as_str().unwrap();
    assert_eq!(
        message.subject.as_str(),
        format!("berth.v1._.{}.ProviderCreated", stream.replace(':', "."))
    );
    let header = |name: &str| message.headers.get(name).unwrap().as_str().to_owned();
    assert_eq!(header("Content-Type"), "application/cloudevents+json");
    assert_eq!(
        (header("Berth-Position"), header("ce-sequence")),
        ("1".into(), format!("{:019}", 1))
    );
    assert_eq!(header("Nats-Msg-Id"), data["id"].as_str().unwrap());
    assert_eq!(
        (body["source"].as_str(), header("ce-source")),
        (Some("/berth/story"), source("story"))
    );
    assert_eq!(
        (body["type"].as_str(), body["subject"].as_str()),
        (Some("berth.ProviderCreated"), Some(stream))
    );
    assert_eq!(body["time"], data["recorded_at"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_comes_later_gets_everything() {
    let stage = Stage::with(10).await;
    stage.broker.kill().unwrap();
    let mut relay = stage.relay().await;
    relay.unreachable().await;
    stage.broker.start_again().unwrap();
    relay.published(10).await;
    stage.assert_published_after(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_start_leaves_out_what_was_before_it() {
    let mut stage = Stage::with(10).await;
    let settings = adapters::nats::relay::Settings { start: Position(5), ..stage.settings() };
    let mut relay = stage.relay_with(settings, stage.feed.clone()).await;
    relay.published(10).await;
    stage.write(3).await;
    relay.published(13).await;
    stage.assert_published_after(4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_limits_reach_the_stream() {
    let stage = Stage::with(2).await;
    stage.relay().await.published(2).await;
    let limits = stream::Limits { max_age: Duration::from_secs(7_200), ..LIMITS };
    let settings = adapters::nats::relay::Settings { limits, ..stage.settings() };
    let mut relay = stage.relay_with(settings, stage.feed.clone()).await;
    relay.published(2).await;
    assert_eq!(stage.stream().await.cached_info().config.max_age, limits.max_age);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_cannot_publish() {
    let stage = Stage::with(2).await;
    let mut relay = stage.relay().await;
    relay.published(2).await;
    for name in [Name::Subscriber, Name::Worker] {
        let client = stage.connection(name).await.client;
        client.publish("berth.v1._.provider.1.ProviderCreated", "mine".into()).await.unwrap();
        client.flush().await.unwrap();
    }
    stage.assert_published_after(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_a_kind_works_and_another_takes_over() {
    let stage = Stage::new().await;
    let (at_work, mut working) = watch::channel(vec![]);
    let sole = Sole::new(stage.database.options(), "relay");
    let start = |number: u32| {
        let (sole, at_work) = (sole.clone(), at_work.clone());
        tokio::spawn(async move {
            let work = || async {
                at_work.send_modify(|numbers| numbers.push(number));
                std::future::pending::<()>().await;
            };
            sole.run(work).await;
        })
    };
    let first = start(1);
    working.wait_for(|numbers| *numbers == [1]).await.unwrap();
    let second = start(2);
    // The one that waits gets its turn when the holder's connection ends.
    let kill = "SELECT count(pg_terminate_backend(l.pid)) FROM pg_locks l JOIN pg_database d \
                ON d.oid = l.database WHERE l.locktype = 'advisory' AND l.granted \
                AND d.datname = current_database()";
    let pool = stage.database.owner_pool();
    eventually("the lock is held once, and taken", || async {
        let killed: i64 = sqlx::query_scalar(kill).fetch_one(&pool).await.unwrap();
        (killed == 1).then_some(())
    })
    .await;
    working.wait_for(|numbers| numbers.len() == 2).await.unwrap();
    first.abort();
    second.abort();
}
