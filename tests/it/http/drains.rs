//! Drains over HTTP: begun, refused while one is under way, shown, cancelled.

use super::server::{Reply, Server};
use commands::node::report_change::ReportNodeChange;
use domain::{
    Version,
    ids::NodeId,
    node_observation::{
        Command,
        drain::{Failure, News, Rest},
    },
    testing::left,
};
use reqwest::Method;
use serde_json::{Value, json};
use tests::harness::Database;

/// A node of an enabled provider, and its address.
async fn node(server: &Server) -> (NodeId, String) {
    let id = server.provider("Paris").await;
    let node = server.node(&id).await;
    (node, format!("/v1/providers/{id}/nodes/{node}"))
}

async fn shown(server: &Server, path: &str) -> Value {
    server.get(&format!("{path}?at_least={}", server.head().await)).await.json()
}

/// What the worker reports of the drain that a version began.
async fn report(server: &Server, node: NodeId, version: i64, news: News) {
    let reports = vec![Command::ReportDrain { version: Version(version), news }];
    let verb = ReportNodeChange { node, reports };
    server.writer.handle(&verb, &crate::story::request()).await.unwrap();
}

fn refused(reply: &Reply, status: u16, problem: &str) {
    assert_eq!((reply.status, reply.problem().as_str()), (status, problem), "{reply:?}");
}

#[tokio::test]
async fn a_drain_is_begun_shown_and_cancelled() {
    let server = Server::start(Database::create().await.options()).await;
    let (node, path) = node(&server).await;
    let drain = format!("{path}/drain");
    assert_eq!(shown(&server, &path).await["draining"], json!(null));
    refused(&server.delete(&drain).await, 409, "not-draining");

    let begun = server.post(&drain, &json!({"deadline_seconds": 60})).await;
    assert_eq!((begun.status, &begun.json()["version"]), (202, &json!(1)));
    let draining = shown(&server, &path).await["draining"].clone();
    assert_eq!((&draining["state"], &draining["before"]), (&json!("draining"), &json!("active")));
    assert_eq!((&draining["version"], &draining["left_count"]), (&json!(1), &json!(null)));
    assert!(draining["deadline"].as_str() > draining["started_at"].as_str(), "{draining}");
    let again = server.post(&drain, &json!({})).await;
    refused(&again, 409, "draining");
    assert_eq!(again.json()["deadline"], draining["deadline"]);
    // To be drained is what is wanted already.
    let same = server.put(&format!("{path}/availability"), &json!({"availability": "drain"})).await;
    assert_eq!((same.status, &same.json()["version"]), (202, &json!(1)));

    let rest = || Rest::new(left(&["web.1", "web.2"]));
    report(&server, node, 1, News::Progressed(rest())).await;
    let words = Some("it is not permitted".to_owned());
    report(&server, node, 1, News::Failed(Failure::Refused, Some(rest()), words)).await;
    let draining = shown(&server, &path).await["draining"].clone();
    assert_eq!((&draining["state"], &draining["reason"]), (&json!("failed"), &json!("refused")));
    assert_eq!((&draining["total_count"], &draining["left_count"]), (&json!(2), &json!(2)));
    assert_eq!(draining["left"][0], json!({"name": "web.1", "reason": "is running"}));
    assert_eq!(draining["words"], "it is not permitted");

    // What failed is tried again, and goes back to what was before the first.
    assert_eq!(server.post(&drain, &json!({"force": true})).await.status, 202);
    let draining = shown(&server, &path).await["draining"].clone();
    assert_eq!((&draining["version"], &draining["forced"]), (&json!(2), &json!(true)));
    assert_eq!(draining["before"], "active");
    assert_eq!(server.delete(&drain).await.status, 202);
    let node = shown(&server, &path).await;
    assert_eq!((&node["draining"], &node["version"]), (&json!(null), &json!(3)));
    assert_eq!(node["wanted_availability"]["availability"], "active");
    refused(&server.delete(&drain).await, 409, "not-draining");
}

#[tokio::test]
async fn a_deadline_has_bounds() {
    let server = Server::start(Database::create().await.options()).await;
    let (_, path) = node(&server).await;
    for seconds in [0, 86_401] {
        let body = json!({"deadline_seconds": seconds});
        let reply = server.post(&format!("{path}/drain"), &body).await;
        refused(&reply, 422, "invalid-fields");
        assert_eq!(reply.errors(), [("/deadline_seconds".to_owned(), "range".to_owned())]);
    }
    let reply = server.post(&format!("{path}/drain"), &json!({"deadline_seconds": 86_400})).await;
    assert_eq!(reply.status, 202);
}

#[tokio::test]
async fn a_repeated_request_begins_one_drain() {
    let server = Server::start(Database::create().await.options()).await;
    let (_, path) = node(&server).await;
    let ask = || {
        let request = server.request(Method::POST, &format!("{path}/drain"));
        Reply::of(request.header("Idempotency-Key", "once").json(&json!({})))
    };
    let (first, second) = (ask().await, ask().await);
    assert_eq!((first.status, second.status), (202, 202));
    assert_eq!(first.json(), second.json());
}
