//! What happens on the cluster shows without waiting for the sweep.

use crate::{
    lab::CALL_TIMEOUT,
    real::{Change, Real, node, world},
};
use domain::node_observation::facts::State;
use serde_json::json;
use std::time::Duration;
use tests::harness::eventually;

/// Longer than any story, so that only what the cluster says can be the cause.
const NEVER: Duration = Duration::from_secs(3600);

pub(super) async fn a_node_that_is_lost_shows_and_comes_back(real: &dyn Real) {
    let world = world(real).await;
    let node = node(&world, real, 2);
    let worker = world.work(world.connections(CALL_TIMEOUT), NEVER);
    let is = |state: State| {
        let world = &world;
        move || async move { world.seen(node).await.filter(|seen| seen.facts.state == state) }
    };
    eventually("the node is discovered", is(State::Ready)).await;
    let lost = real.lose(2);
    eventually("the node is lost", is(lost)).await;
    real.find(2);
    eventually("the node is back", is(State::Ready)).await;
    worker.stop().await;
    assert_eq!(world.count(node, "NodeLost").await, 0);
}

pub(super) async fn drift_is_repaired_before_the_next_sweep(real: &dyn Real) {
    let world = world(real).await;
    let node = node(&world, real, 1);
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
        real.change(1, Change::Unlabel("zone"));
        eventually("the label is back", repaired(times)).await;
        assert_eq!(real.labels(1), json!({"zone": "a"}));
    }
    worker.stop().await;
}
