//! `If-Match`: who has seen a version is told when it is gone.

use super::server::{Reply, Server};
use reqwest::Method;
use serde_json::{Value, json};
use tests::harness::Database;

async fn rename(server: &Server, id: &str, version: &str, name: &str) -> Reply {
    let path = format!("/v1/providers/{id}");
    let request = server.request(Method::PATCH, &path).header("If-Match", version);
    Reply::of(request.json(&json!({ "name": name }))).await
}

#[tokio::test]
async fn a_lost_race_tells_who_changed_what() {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Paris").await;
    let first = rename(&server, &id, "\"2\"", "Lyon").await;
    assert_eq!((first.status, first.header("etag")), (202, "\"3\""));
    let lost = rename(&server, &id, "\"2\"", "Nice").await;
    assert_eq!((lost.status, lost.problem().as_str()), (412, "version-gone"));
    let told = lost.json();
    assert_eq!((&told["expected_version"], &told["current_version"]), (&json!(2), &json!(3)));
    let me = server.get("/v1/me").await.text_of("id");
    let change = &told["changes"][0];
    assert_eq!(change["actor"], me);
    assert_eq!(change["type"], "ProviderDetailsChanged");
    assert_eq!(change["fields"], json!(["name"]));
    assert!(change["recorded_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(rename(&server, &id, "\"3\"", "Nice").await.status, 202);
}

#[tokio::test]
async fn of_many_with_one_version_exactly_one_wins() {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Paris").await;
    let names: Vec<String> = (0..12).map(|number| format!("Paris {number}")).collect();
    let tries = names.iter().map(|name| rename(&server, &id, "\"2\"", name));
    let replies = futures::future::join_all(tries).await;
    let won = replies.iter().filter(|reply| reply.status == 202).count();
    let lost = replies.iter().filter(|reply| reply.status == 412).count();
    assert_eq!((won, lost), (1, 11));
}

#[tokio::test]
async fn without_a_version_many_at_once_are_all_carried_out() {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Paris").await;
    let node = server.node(&id).await;
    let path = format!("/v1/providers/{id}/nodes/{node}/labels");
    let put = async |number: u16| {
        server.put(&format!("{path}/key-{number}"), &json!({"value": "1"})).await
    };
    let replies = futures::future::join_all((0..32).map(put)).await;
    assert!(replies.iter().all(|reply| reply.status == 202), "{replies:?}");
    let mut versions: Vec<Value> =
        replies.iter().map(|reply| reply.json()["version"].clone()).collect();
    versions.sort_by_key(Value::as_i64);
    assert_eq!(versions, (1..=32).map(Value::from).collect::<Vec<_>>());
}
