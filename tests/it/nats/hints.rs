//! Hints for the worker, whatever becomes of broker, stream and consumer.

use super::stage::Stage;
use adapters::nats::{
    hint::{DURABLE, Hints},
    stream::NAME,
};
use api::embedded::nats::Name;
use std::collections::HashSet;
use tests::harness::wait::SOON;
use tokio::time::timeout;

async fn hints(stage: &Stage) -> Hints {
    Hints::new(stage.connection(Name::Worker).await)
}

/// Listens until every stream of the log was named since `events` were written.
async fn assert_all_named(stage: &Stage, hints: &mut Hints, after: i64) {
    let events = super::stage::all(&stage.feed, domain::Position(after)).await;
    let mut missing: HashSet<String> = events.into_iter().map(|event| event.stream).collect();
    while !missing.is_empty() {
        let hint = timeout(SOON, hints.next()).await.expect("a hint in time");
        missing.remove(&hint.stream.to_string());
    }
}

/// The consumer as its own user sees it; a subscriber may not even ask.
async fn consumer(stage: &Stage) -> Option<async_nats::jetstream::consumer::Info> {
    let stream = stage.connection(Name::Worker).await.jetstream.get_stream(NAME).await.unwrap();
    stream.consumer_info(DURABLE).await.ok()
}

/// The consumer exists from the first `next` on, which has nothing to say yet.
async fn listen(stage: &Stage) -> Hints {
    let mut hints = hints(stage).await;
    tests::harness::eventually("the consumer is there", async || {
        let _nothing = timeout(std::time::Duration::from_millis(20), hints.next()).await;
        consumer(stage).await
    })
    .await;
    hints
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stream_that_changed_is_named() {
    let mut stage = Stage::with(4).await;
    let mut relay = stage.relay().await;
    relay.published(4).await;
    let mut hints = listen(&stage).await;
    stage.write(60).await;
    assert_all_named(&stage, &mut hints, 4).await;
    let consumer = consumer(&stage).await.unwrap();
    assert!(consumer.config.max_ack_pending > 0, "what is handed out at once has a bound");
    // What came while nobody listened is kept by the durable consumer.
    drop(hints);
    stage.write(40).await;
    let mut hints = self::hints(&stage).await;
    assert_all_named(&stage, &mut hints, 64).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hints_survive_a_killed_and_a_wiped_broker() {
    let mut stage = Stage::with(4).await;
    let mut relay = stage.relay().await;
    relay.published(4).await;
    let mut hints = listen(&stage).await;
    stage.broker.kill().unwrap();
    stage.broker.start_again().unwrap();
    let after = stage.head().await;
    stage.write(10).await;
    assert_all_named(&stage, &mut hints, after).await;
    stage.broker.wipe().unwrap();
    stage.broker.start_again().unwrap();
    assert_flows_again(&mut stage, &mut hints).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hints_survive_a_deleted_consumer_and_a_deleted_stream() {
    let mut stage = Stage::with(4).await;
    let mut relay = stage.relay().await;
    relay.published(4).await;
    let mut hints = listen(&stage).await;
    let jetstream = stage.connection(Name::Relay).await.jetstream;
    jetstream.get_stream(NAME).await.unwrap().delete_consumer(DURABLE).await.unwrap();
    assert_flows_again(&mut stage, &mut hints).await;
    jetstream.delete_stream(NAME).await.unwrap();
    assert_flows_again(&mut stage, &mut hints).await;
}

/// A new consumer begins with what is new, so hints may be lost; but they flow again.
async fn assert_flows_again(stage: &mut Stage, hints: &mut Hints) {
    let flows = async {
        loop {
            stage.write(1).await;
            let patience = std::time::Duration::from_millis(200);
            if timeout(patience, hints.next()).await.is_ok() {
                return;
            }
        }
    };
    timeout(SOON, flows).await.expect("hints flow again");
}
