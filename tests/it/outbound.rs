//! A name that leads where Berth must not go: what it resolves to is judged at the moment of the
//! connection, by the running worker, and nothing is connected.

use reqwest::Method;
use serde_json::json;
use std::{
    fs,
    net::{Ipv4Addr, Ipv6Addr, TcpListener},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tests::harness::{Berth, eventually};
use uuid::Uuid;

/// Where `localhost` leads to, on both families, as far as this machine has them.
struct Forbidden {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Forbidden {
    fn listen() -> Self {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = first.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let second = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).ok();
        for listener in [Some(first), second].into_iter().flatten() {
            let connections = Arc::clone(&connections);
            // It ends with the test binary; until then it counts.
            std::thread::spawn(move || {
                for connection in listener.incoming() {
                    drop(connection);
                    connections.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        Self { port, connections }
    }

    fn seen(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("berth-outbound-{}", Uuid::new_v4().simple()))
}

/// Starts Berth with a cluster at that name, enabled.
async fn driving(folder: &Path, forbidden: &Forbidden, settings: &[(&str, &str)]) -> Berth {
    let berth = Berth::start(folder, settings).await;
    let url = format!("http://localhost:{}", forbidden.port);
    let body = json!({
        "name": "Paris", "kind": "swarm", "visibility": "public", "deployment_mode": "single",
        "clusters": [{ "name": "paris-1", "url": url }],
    });
    let made = berth.command(Method::POST, "/v1/providers", Some(&body)).await;
    let path = format!("/v1/providers/{}/enable", made["id"].as_str().unwrap());
    berth.command(Method::POST, &path, Some(&json!({}))).await;
    berth
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_resolves_to_a_refused_address_is_never_connected_to() {
    let (folder, forbidden) = (folder(), Forbidden::listen());
    let settings = [("BERTH_OUTBOUND__REFUSED", "127.0.0.0/8, ::1")];
    let berth = driving(&folder, &forbidden, &settings).await;
    eventually("the worker says why it goes nowhere", async || {
        let log = fs::read_to_string(folder.join("berth.log")).unwrap();
        log.contains("is in a network that is refused (outbound.refused)").then_some(())
    })
    .await;
    assert_eq!(forbidden.seen(), 0, "the address was judged before anything was connected");
    assert!(berth.stop().await.success());
    assert_eq!(forbidden.seen(), 0);
    fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_name_is_connected_to_where_its_address_is_admitted() {
    let (folder, forbidden) = (folder(), Forbidden::listen());
    let settings = [
        ("BERTH_OUTBOUND__REFUSED", "127.0.0.0/8, ::1"),
        ("BERTH_OUTBOUND__ALLOWED", "127.0.0.1, ::1"),
    ];
    let berth = driving(&folder, &forbidden, &settings).await;
    eventually("the worker connects", async || (forbidden.seen() > 0).then_some(())).await;
    assert!(berth.stop().await.success());
    fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_is_refused_is_taken_where_the_configuration_allows_it() {
    let folder = folder();
    let berth = Berth::start(&folder, &[("BERTH_OUTBOUND__ALLOWED", "169.254.7.0/24")]).await;
    let ask = async |name: &str, url: &str| {
        let body = json!({
            "name": name, "kind": "swarm", "visibility": "public", "deployment_mode": "single",
            "clusters": [{ "name": "one", "url": url }],
        });
        berth.ask(Method::POST, "/v1/providers", Some(&body)).await
    };
    let (status, refused) = ask("Metadata", "http://169.254.169.254:2375").await;
    assert_eq!((status.as_u16(), &refused["errors"][0]["rule"]), (422, &json!("network")));
    let (status, taken) = ask("Link", "http://169.254.7.9:2375").await;
    assert_eq!(status.as_u16(), 201, "{taken}");
    assert!(berth.stop().await.success());
    fs::remove_dir_all(&folder).unwrap();
}
