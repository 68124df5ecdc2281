//! Clusters that do not answer: nothing is reported, nobody else waits, another manager is asked.

use crate::{
    lab::{CALL_TIMEOUT, Lab},
    world::{Address, World},
};
use domain::{
    StreamId,
    ids::{ClusterId, NodeId, ProviderId},
};
use serde_json::json;
use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
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

/// Clusters that answer beside one that hangs.
const ANSWERING: usize = 19;
/// Much less than a call to the one that hangs takes, and time enough for a busy machine.
const PROMPT: Duration = Duration::from_secs(60);
const HANGING: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn one_that_hangs_among_twenty_delays_no_other() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let world = World::new(&Address::plain(&url)).await;
    let mut others = vec![];
    for number in 0..ANSWERING {
        let (url, lists) = listing(&format!("node{number}"));
        others.push((register(&world, &url).await, format!("node{number}"), lists));
    }
    let began = Instant::now();
    let worker = world.work(world.connections(HANGING), SWEEP);
    eventually("each of the others was listed again and again", || async {
        let all = others.iter().all(|(_, _, lists)| lists.load(Ordering::Relaxed) >= 5);
        all.then_some(())
    })
    .await;
    for (cluster, native_id, _) in &others {
        let node = NodeId::of(*cluster, native_id);
        eventually("its node is known", || world.seen(node)).await;
    }
    let took = began.elapsed();
    assert!(took < PROMPT, "{took:?}");
    drop(worker);
}

pub(crate) async fn register(world: &World, url: &str) -> ClusterId {
    let (provider, cluster) = (ProviderId(Uuid::now_v7()), ClusterId(Uuid::now_v7()));
    world.register(provider, cluster, &Address::plain(url)).await;
    cluster
}

/// The address of what answers as a Swarm with one node would, and how often it listed that.
fn listing(native_id: &str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let node = json!({
        "ID": native_id, "Version": {"Index": 1}, "Description": {"Hostname": native_id},
        "Spec": {"Role": "worker", "Availability": "active"},
        "Status": {"State": "ready", "Addr": "10.9.0.1"},
    });
    let found = |body: String| {
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let (nodes, itself) = (json!([node]), json!({"ID": format!("swarm-of-{native_id}")}));
    let (nodes, itself) = (found(nodes.to_string()), found(itself.to_string()));
    let missing = "HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let lists = Arc::new(AtomicUsize::new(0));
    let listed = Arc::clone(&lists);
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else { return };
            let mut head = [0; 4096];
            let bytes = connection.read(&mut head).unwrap_or_default();
            let is_list = head[..bytes].starts_with(b"GET /nodes ");
            listed.fetch_add(usize::from(is_list), Ordering::Relaxed);
            let is_swarm = head[..bytes].starts_with(b"GET /swarm ");
            let answer = match (is_list, is_swarm) {
                (true, _) => nodes.as_str(),
                (false, true) => itself.as_str(),
                (false, false) => missing,
            };
            drop(connection.write_all(answer.as_bytes()));
        }
    });
    (url, lists)
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
