//! A certificate that is replaced moves every call and every watch, without a restart.

use crate::{
    lab::{CALL_TIMEOUT, Lab, recorded_label},
    wire::Wire,
    world::{Address, Secured, World},
};
use domain::StreamId;
use std::time::Duration;
use tests::harness::{certificate::Authority, eventually};

/// Longer than any story, so that only a hint can be the cause.
const NEVER: Duration = Duration::from_secs(3600);
const SWEEP: Duration = Duration::from_millis(200);

#[tokio::test(flavor = "multi_thread")]
async fn what_the_cluster_rejects_works_once_it_is_replaced() {
    let Some(lab) = Lab::enter().await else { return };
    let own = Some(Authority::new("stranger").client("berth"));
    let stranger = Secured { own, ..lab.secured("berth") };
    let address = Address { secured: Some(stranger), ..lab.address(0) };
    let world = World::new(&address).await;
    let node = lab.node(&world, 1);
    let worker = world.work(world.connections(CALL_TIMEOUT), SWEEP);
    world.sweep().await;
    assert!(world.told(node).await.is_empty(), "it shows nothing to a stranger");
    // Nobody is told: the sweep finds it.
    world.replace_certificate(&lab.secured("berth")).await;
    eventually("the node is discovered", || world.seen(node)).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_in_progress_ends_and_begins_anew() {
    let Some(lab) = Lab::enter().await else { return };
    let wire = Wire::to(&lab.url(0)).await;
    let address = Address { url: wire.url(), ..lab.address(0) };
    let world = World::new(&address).await;
    let node = lab.node(&world, 1);
    let worker = world.work(world.connections(CALL_TIMEOUT), NEVER);
    eventually("the node is discovered", || world.seen(node)).await;
    // Only who listens hears of this.
    eventually("a change is heard", || async {
        lab.update(1, &["--label-add=rack=7"]);
        recorded_label(&world, node, "rack").await
    })
    .await;
    let old = wire.open();
    assert!(!old.is_empty());

    let certificate = world.replace_certificate(&lab.secured("another")).await;
    worker.hint(certificate).await;
    eventually("no old connection is left, and there are new ones", || async {
        let now = wire.open();
        (now.is_disjoint(&old) && !now.is_empty()).then_some(())
    })
    .await;
    eventually("a change is heard again", || async {
        lab.update(1, &["--label-add=rack=8"]);
        recorded_label(&world, node, "rack").await.filter(|rack| rack == "8")
    })
    .await;
    world.label(node, "zone", "a").await;
    worker.hint(StreamId::node(node)).await;
    eventually("the label is there", || recorded_label(&world, node, "zone")).await;
    assert!(wire.open().is_disjoint(&old));
    worker.stop().await;
}
