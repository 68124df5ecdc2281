//! What happens on the cluster shows without waiting for the sweep.

use crate::lab::{CALL_TIMEOUT, Lab};
use domain::node_observation::facts::State;
use serde_json::json;
use std::time::Duration;
use tests::harness::eventually;
use tokio::task::block_in_place;

/// Longer than any story, so that only what the cluster says can be the cause.
const NEVER: Duration = Duration::from_secs(3600);

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_engine_shows_down_and_comes_back() {
    let Some(lab) = Lab::enter().await else { return };
    let world = lab.world().await;
    let node = lab.node(&world, 2);
    let worker = world.work(world.connections(CALL_TIMEOUT), NEVER);
    let is = |state: State| {
        let world = &world;
        move || async move { world.seen(node).await.filter(|seen| seen.facts.state == state) }
    };
    eventually("the node is discovered", is(State::Ready)).await;
    block_in_place(|| lab.kill(2)).unwrap();
    eventually("the node is down", is(State::Down)).await;
    block_in_place(|| lab.revive(2)).unwrap();
    eventually("the node is back", is(State::Ready)).await;
    worker.stop().await;
    assert_eq!(world.count(node, "NodeLost").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_is_repaired_before_the_next_sweep() {
    let Some(lab) = Lab::enter().await else { return };
    let world = lab.world().await;
    let node = lab.node(&world, 1);
    world.sweep().await;
    world.label(node, "zone", "a").await;
    let worker = world.work(world.connections(CALL_TIMEOUT), NEVER);
    let repaired = |times: usize| {
        let world = &world;
        move || async move { (world.count(node, "NodeDriftRepaired").await == times).then_some(()) }
    };
    eventually("the label is applied", || async {
        world.seen(node).await.filter(|seen| seen.applied.0 == 1)
    })
    .await;
    for times in 1..=3 {
        lab.update(1, &["--label-rm=zone"]);
        eventually("the label is back", repaired(times)).await;
        assert_eq!(lab.labels(1), json!({"zone": "a"}));
    }
    worker.stop().await;
}
