//! Clusters that do not answer: nothing is reported, and nobody else waits.

use crate::{
    lab::recorded_label,
    real::{Real, node, world},
    unreachable::{SWEEP, register},
};
use commands::{ports::cluster, reconcile::Error};
use domain::StreamId;
use std::{net::TcpListener, time::Duration};
use tests::harness::eventually;

pub(super) async fn a_cluster_out_of_reach_is_no_news(real: &dyn Real) {
    let mut world = world(real).await;
    let impatient = world.connections(Duration::from_secs(1));
    let node = node(&world, real, 1);
    world.sweep().await;
    world.label(node, "zone", "a").await;
    let patient = std::mem::replace(&mut world.clusters, impatient);
    let told = world.told(node).await;
    real.freeze();
    let result = world.reconcile(node).await;
    world.sweep().await;
    real.thaw();
    let unreachable =
        |error: &Error| matches!(error, Error::Cluster(cluster::Error::Unreachable { .. }));
    assert!(result.as_ref().is_err_and(unreachable), "{result:?}");
    assert_eq!(world.told(node).await, told);

    world.clusters = patient;
    eventually("it answers again", || async { world.reconcile(node).await.ok() }).await;
    assert_eq!(real.labels(1)["zone"], "a");
}

pub(super) async fn a_cluster_that_hangs_delays_no_other(real: &dyn Real) {
    let world = world(real).await;
    let node = node(&world, real, 1);
    world.sweep().await;
    // Accepts, and never speaks: the kernel does it.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    for _ in 0..10 {
        register(&world, &url).await;
    }
    // Longer than this story waits for anything.
    let worker = world.work(world.connections(Duration::from_secs(60)), SWEEP);
    world.label(node, "zone", "a").await;
    worker.hint(StreamId::node(node)).await;
    eventually("the label is there", || recorded_label(&world, node, "zone")).await;
    assert_eq!(real.labels(1)["zone"], "a");
}
