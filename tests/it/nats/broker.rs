//! The broker killed, wiped, set back to an older state, and aged to empty.

use super::stage::{LIMITS, Stage, remembered};
use adapters::nats::{relay::Settings, stream::Limits};
use std::{path::Path, process::Command, time::Duration};
use tests::harness::eventually;

/// Shorter than the broker takes for a round over old messages.
const SHORT: Limits = Limits { max_age: Duration::from_secs(1), ..LIMITS };

async fn aged_to_empty(stage: &Stage) {
    let mut stream = stage.stream().await;
    eventually("the stream ages to empty", async || {
        (stream.info().await.unwrap().state.messages == 0).then_some(())
    })
    .await;
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_killed_amid_the_flow_goes_on_where_it_was() {
    let mut stage = Stage::with(200).await;
    let mut relay = stage.relay().await;
    relay.published(200).await;
    for _ in 0..3 {
        stage.broker.kill().unwrap();
        stage.write(100).await;
        stage.broker.start_again().unwrap();
    }
    relay.published(500).await;
    stage.assert_published_after(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wiped_broker_gets_everything_anew() {
    let mut stage = Stage::with(300).await;
    let mut relay = stage.relay().await;
    relay.published(300).await;
    stage.broker.wipe().unwrap();
    stage.write(20).await;
    stage.broker.start_again().unwrap();
    relay.published(320).await;
    stage.assert_published_after(0).await;
    // Also when nothing new happens that would make anyone look.
    stage.broker.wipe().unwrap();
    stage.broker.start_again().unwrap();
    eventually("the stream is there again", async || {
        let stream = stage.connection(api::embedded::nats::Name::Subscriber).await.jetstream;
        let stream = stream.get_stream(adapters::nats::stream::NAME).await.ok()?;
        (stream.cached_info().state.messages == 320).then_some(())
    })
    .await;
    stage.assert_published_after(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_set_back_to_an_older_state_gets_its_tail_again() {
    let mut stage = Stage::with(100).await;
    let mut relay = stage.relay().await;
    relay.published(100).await;
    stage.broker.stop();
    let older = stage.broker.store().with_extension("older");
    copy(&stage.broker.store(), &older);
    stage.broker.start_again().unwrap();
    stage.write(150).await;
    relay.published(250).await;
    stage.broker.wipe().unwrap();
    std::fs::remove_dir(stage.broker.store()).unwrap();
    copy(&older, &stage.broker.store());
    stage.write(10).await;
    stage.broker.start_again().unwrap();
    relay.published(260).await;
    stage.assert_published_after(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_aged_to_empty_goes_on_where_it_was() {
    let mut stage = Stage::with(40).await;
    let settings = Settings { limits: SHORT, ..stage.settings() };
    let mut relay = stage.relay_with(settings.clone(), stage.feed.clone()).await;
    relay.published(40).await;
    aged_to_empty(&stage).await;
    // Under a relay that never stopped.
    stage.write(5).await;
    relay.published(45).await;
    stage.assert_published_after(40).await;
    // Under one that was killed, and a broker that was killed as well while it held nothing.
    drop(relay);
    aged_to_empty(&stage).await;
    stage.broker.kill().unwrap();
    stage.broker.start_again().unwrap();
    stage.write(5).await;
    let mut relay = stage.relay_with(settings, stage.feed.clone()).await;
    relay.published(50).await;
    stage.assert_published_after(45).await;
    assert_eq!(remembered(&stage).await.unwrap().offset, 0);
}
