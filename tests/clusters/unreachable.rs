//! Clusters that do not answer: nothing is reported, nobody else waits, another manager is asked.

use crate::{
    lab::{CALL_TIMEOUT, Lab},
    world::{Address, World},
};
use domain::{
    StreamId,
    ids::{ClusterId, ProviderId},
};
use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tests::harness::eventually;
use uuid::Uuid;

/// Nobody listens there.
const CLOSED: &str = "https://127.0.0.1:9";

#[tokio::test(flavor = "multi_thread")]
async fn another_manager_is_asked_when_one_does_not_answer() {
    let Some(lab) = Lab::enter().await else { return };
    // The second is reached, but is no manager.
    let address = lab.address(0);
    let urls = vec![lab.url(1), lab.url(0)];
    let world = World::new(&Address { url: CLOSED.to_owned(), urls, ..address }).await;
    let node = lab.node(&world, 2);
    world.sweep().await;
    world.label(node, "zone", "a").await;
    world.sweep().await;
    assert_eq!(lab.labels(2)["zone"], "a");
}

pub(crate) const SWEEP: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_provider_is_not_even_probed() {
    let (enabled, enabled_calls) = counting();
    let (disabled, disabled_calls) = counting();
    let world = World::new(&Address::plain(&disabled)).await;
    world.disable().await;
    register(&world, &enabled).await;
    let worker = world.work(world.connections(CALL_TIMEOUT), SWEEP);
    let probed = |calls: &Arc<AtomicUsize>, times: usize| {
        let calls = Arc::clone(calls);
        move || {
            let calls = Arc::clone(&calls);
            async move { (calls.load(Ordering::Relaxed) >= times).then_some(()) }
        }
    };
    eventually("several sweeps", probed(&enabled_calls, 5)).await;
    assert_eq!(disabled_calls.load(Ordering::Relaxed), 0);
    world.enable().await;
    worker.hint(StreamId::provider(world.provider)).await;
    eventually("the hint is enough", probed(&disabled_calls, 1)).await;
    worker.stop().await;
}

pub(crate) async fn register(world: &World, url: &str) {
    let (provider, cluster) = (ProviderId(Uuid::now_v7()), ClusterId(Uuid::now_v7()));
    world.register(provider, cluster, &Address::plain(url)).await;
}

/// An address that hangs up on everybody, and how often it did.
fn counting() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            drop(connection);
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    (url, calls)
}
