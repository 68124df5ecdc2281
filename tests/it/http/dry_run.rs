//! `?dry_run=true`: what a change of a node would do, over HTTP, and that it does nothing.

use super::server::{Reply, Server, provider};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::TcpListener,
};
use tests::harness::Database;

/// The address of what answers as a Swarm would, of which node `n1` is the only manager and runs
/// two tasks.
fn swarm() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else { return };
            let mut head = [0; 4096];
            let bytes = connection.read(&mut head).unwrap_or_default();
            let head = String::from_utf8_lossy(&head[..bytes]).into_owned();
            let body = answer(&head).to_string();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            );
            drop(connection.write_all(answer.as_bytes()));
        }
    });
    url
}

fn answer(head: &str) -> Value {
    let task = |slot: u32, constraint: &str| {
        json!({
            "ID": format!("t{slot}"), "ServiceID": "s1", "NodeID": "n1", "Slot": slot,
            "Status": {"State": "running"}, "DesiredState": "running",
            "Spec": {"Placement": {"Constraints": [constraint]}},
        })
    };
    match head.split(' ').nth(1).unwrap_or_default().split('?').next().unwrap_or_default() {
        "/nodes" => json!([{
            "ID": "n1", "Version": {"Index": 1}, "Description": {"Hostname": "swarm-1"},
            "Spec": {"Role": "manager", "Availability": "active", "Labels": {"zone": "a"}},
            "Status": {"State": "ready", "Addr": "10.9.0.1"},
            "ManagerStatus": {"Leader": true, "Reachability": "reachable"},
        }]),
        "/tasks" => json!([task(1, "node.labels.zone==a"), task(2, "node.role==manager")]),
        "/services" => json!([{"ID": "s1", "Spec": {"Name": "web"}}]),
        other => panic!("nothing asks for {other}"),
    }
}

/// A node of a provider, whose cluster is at this address.
async fn node(server: &Server, url: &str) -> (String, String) {
    let mut body = provider("Paris");
    body["clusters"] = json!([{"name": "c1", "url": url}]);
    let created = server.post("/v1/providers", &body).await;
    assert_eq!(created.status, 201, "{created:?}");
    let id = created.text_of("id");
    let node = server.node(&id).await;
    (format!("/v1/providers/{id}"), format!("/v1/providers/{id}/nodes/{node}"))
}

fn refused(reply: &Reply, status: u16, problem: &str) {
    assert_eq!((reply.status, reply.problem().as_str()), (status, problem), "{reply:?}");
}

#[tokio::test]
async fn what_a_change_would_do_is_told_and_not_done() {
    let server = Server::start(Database::create().await.options()).await;
    let (_, path) = node(&server, &swarm()).await;
    let head = server.head().await;
    let drain = server.post(&format!("{path}/drain?dry_run=true"), &json!({})).await;
    assert_eq!(drain.status, 200, "{drain:?}");
    let drain = drain.json();
    let task = |number: u32, outcome: &str| {
        json!({"name": format!("web.{number}"), "part_of": "web", "outcome": outcome,
            "elsewhere": 0, "budgets": []})
    };
    assert_eq!(drain["touched"], json!([task(1, "moves"), task(2, "moves")]));
    assert_eq!((&drain["touched_count"], &drain["other_nodes"]), (&json!(2), &json!(0)));
    assert_eq!(drain["managers"], json!({"count": 1, "reachable": 1, "needed": 1}));
    let warned = |impact: &Value| -> Vec<(String, Value)> {
        let warnings = impact["warnings"].as_array().unwrap().iter();
        warnings
            .map(|one| (one["warning"].as_str().unwrap().to_owned(), one["name"].clone()))
            .collect()
    };
    let expected = [
        ("last_node".to_owned(), Value::Null),
        ("quorum".to_owned(), Value::Null),
        ("nowhere_else".to_owned(), json!("web.1")),
        ("nowhere_else".to_owned(), json!("web.2")),
    ];
    assert_eq!(warned(&drain), expected);

    let availability = format!("{path}/availability?dry_run=true");
    let same = server.put(&availability, &json!({"availability": "drain"})).await;
    assert_eq!(same.json(), drain);
    let pause = server.put(&availability, &json!({"availability": "pause"})).await.json();
    assert_eq!((&pause["touched"], warned(&pause).len()), (&json!([]), 1));
    let label = format!("{path}/labels/zone?dry_run=true");
    let label = server.put(&label, &json!({"value": "b"})).await.json();
    assert_eq!(label["touched"], json!([task(1, "stops")]));
    assert_eq!(warned(&label), [("nowhere_else".to_owned(), json!("web.1"))]);

    assert_eq!(server.head().await, head, "nothing was recorded");
    let done = server.post(&format!("{path}/drain?dry_run=false"), &json!({})).await;
    assert_eq!(done.status, 202);
}

#[tokio::test]
async fn what_would_be_refused_is_refused() {
    let server = Server::start(Database::create().await.options()).await;
    let (provider, path) = node(&server, &swarm()).await;
    let head = server.head().await;
    let nobody = uuid::Uuid::now_v7();
    let unknown = format!("{provider}/nodes/{nobody}/drain?dry_run=true");
    refused(&server.post(&unknown, &json!({})).await, 404, "node-not-found");
    let foreign = server.delete(&format!("{path}/labels/zone?dry_run=true")).await;
    refused(&foreign, 409, "label-not-owned");
    let neither = server.post(&format!("{path}/drain?dry_run=yes"), &json!({})).await;
    refused(&neither, 400, "malformed-parameter");
    assert_eq!(server.head().await, head);
    server.post(&format!("{provider}/disable"), &json!({})).await;
    let disabled = server.post(&format!("{path}/drain?dry_run=true"), &json!({})).await;
    refused(&disabled, 409, "provider-disabled");
}

#[tokio::test]
async fn a_cluster_that_does_not_answer_says_nothing() {
    let server = Server::start(Database::create().await.options()).await;
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let (_, path) = node(&server, &url).await;
    let asked = server.post(&format!("{path}/drain?dry_run=true"), &json!({})).await;
    refused(&asked, 503, "cluster-unavailable");
    // What is decided does not wait for it.
    assert_eq!(server.post(&format!("{path}/drain"), &json!({})).await.status, 202);
}
