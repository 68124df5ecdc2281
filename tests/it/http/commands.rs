//! What each command answers when nothing speaks against it.

use super::server::{Reply, Server, cluster, provider};
use serde_json::{Value, json};
use tests::harness::Database;

/// The answer to a command: shape and headers.
fn recorded(reply: &Reply, status: u16, version: i64) -> String {
    assert_eq!(reply.status, status, "{reply:?}");
    let json = reply.json();
    assert_eq!(json["version"], version, "{reply:?}");
    assert_eq!(json["position"], reply.position(), "{reply:?}");
    assert_eq!(reply.header("etag"), format!("\"{version}\""));
    assert_eq!(json.as_object().unwrap().len(), 3, "{reply:?}");
    reply.text_of("id")
}

#[tokio::test]
async fn a_provider_is_registered_changed_enabled_and_disabled() {
    let server = Server::start(Database::create().await.options()).await;
    let reply = server.post("/v1/providers", &provider("Paris")).await;
    let id = recorded(&reply, 201, 2);
    let location = format!("/v1/providers/{id}?at_least={}", reply.position());
    assert_eq!(reply.header("location"), location);

    let path = format!("/v1/providers/{id}");
    let change = json!({"name": "Lyon", "comments": "moved", "visibility": "private"});
    assert_eq!(recorded(&server.patch(&path, &change).await, 202, 4), id);
    // The same again changes nothing, and is recorded as an answer.
    assert_eq!(recorded(&server.patch(&path, &change).await, 202, 4), id);
    let enable = server.request(reqwest::Method::POST, &format!("{path}/enable"));
    recorded(&Reply::of(enable).await, 202, 5);
    recorded(&server.post(&format!("{path}/disable"), &json!({})).await, 202, 6);
}

#[tokio::test]
async fn clusters_are_added_changed_and_removed() {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Paris").await;
    let path = format!("/v1/providers/{id}/clusters");
    let mut second = cluster(2);
    second["urls"] = json!(["http://10.9.0.3:2375"]);
    second["rank"] = json!(7);
    let reply = server.post(&path, &second).await;
    let added = recorded(&reply, 201, 3);
    let location = format!("{path}/{added}?at_least={}", reply.position());
    assert_eq!(reply.header("location"), location);
    assert_ne!(added, id);

    let change = json!({"url": "http://10.9.0.9:2375", "server_name": "nine.internal"});
    recorded(&server.patch(&format!("{path}/{added}"), &change).await, 202, 4);
    let change = json!({"server_name": null});
    recorded(&server.patch(&format!("{path}/{added}"), &change).await, 202, 5);
    recorded(&server.delete(&format!("{path}/{added}")).await, 202, 6);
    let gone = server.delete(&format!("{path}/{added}")).await;
    assert_eq!((gone.status, gone.problem().as_str()), (404, "cluster-not-found"));
}

#[tokio::test]
async fn a_node_is_labelled_paused_and_left_alone_when_its_provider_is_disabled() {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Paris").await;
    let node = server.node(&id).await;
    let path = format!("/v1/providers/{id}/nodes/{node}");
    let label = format!("{path}/labels/zone");
    assert_eq!(
        recorded(&server.put(&label, &json!({"value": "a"})).await, 202, 1),
        node.to_string()
    );
    recorded(&server.put(&label, &json!({"value": "a"})).await, 202, 1);
    recorded(
        &server.put(&format!("{path}/availability"), &json!({"availability": "pause"})).await,
        202,
        2,
    );
    recorded(&server.delete(&label).await, 202, 3);

    // `rack` is a label that the cluster showed by itself.
    let foreign = server.delete(&format!("{path}/labels/rack")).await;
    assert_eq!((foreign.status, foreign.problem().as_str()), (409, "label-not-owned"));
    server.post(&format!("/v1/providers/{id}/disable"), &json!({})).await;
    let refused = server.put(&label, &json!({"value": "b"})).await;
    assert_eq!((refused.status, refused.problem().as_str()), (409, "provider-disabled"));
    let elsewhere = server.provider("Lyon").await;
    let path = format!("/v1/providers/{elsewhere}/nodes/{node}/labels/zone");
    let refused = server.put(&path, &json!({"value": "b"})).await;
    assert_eq!((refused.status, refused.problem().as_str()), (404, "node-not-found"));
}

#[tokio::test]
async fn an_organization_is_registered_associated_and_dissociated() {
    let server = Server::start(Database::create().await.options()).await;
    let provider = server.provider("Paris").await;
    let reply = server.post("/v1/organizations", &json!({"name": "ACME"})).await;
    let id = recorded(&reply, 201, 1);
    let location = format!("/v1/organizations/{id}?at_least={}", reply.position());
    assert_eq!(reply.header("location"), location);
    let path = format!("/v1/organizations/{id}/providers/{provider}");
    let never = server.delete(&path).await;
    assert_eq!((never.status, never.problem().as_str()), (404, "not-associated"));
    recorded(&server.put(&path, &json!({})).await, 202, 2);
    recorded(&server.delete(&path).await, 202, 3);
}

#[tokio::test]
async fn each_refusal_has_its_problem() {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Straße").await;
    let before = server.head().await;
    let refused = async |reply: Reply, status: u16, problem: &str| {
        assert_eq!((reply.status, reply.problem().as_str()), (status, problem), "{reply:?}");
        reply
    };
    let reply = server.post("/v1/providers", &provider("STRASSE")).await;
    let taken = refused(reply, 409, "name-taken").await;
    assert_eq!(taken.errors(), [("/name".to_owned(), "unique".to_owned())]);
    assert_eq!(taken.json()["taken_by"], format!("provider:{id}"));

    let path = format!("/v1/providers/{id}");
    let mut single = provider("Lyon");
    (single["deployment_mode"], single["clusters"]) = (json!("single"), json!([]));
    let lyon = server.post("/v1/providers", &single).await.text_of("id");
    let empty = format!("/v1/providers/{lyon}");
    refused(server.post(&format!("{empty}/enable"), &json!({})).await, 409, "no-cluster").await;
    assert_eq!(server.post(&format!("{empty}/clusters"), &cluster(5)).await.status, 201);
    let second = server.post(&format!("{empty}/clusters"), &cluster(6)).await;
    refused(second, 422, "single-cluster").await;
    let twice = server.post(&format!("{path}/clusters"), &cluster(1)).await;
    let twice = refused(twice, 409, "cluster-taken").await;
    assert_eq!(twice.errors(), [("/name".to_owned(), "unique".to_owned())]);

    let nobody = uuid::Uuid::now_v7();
    let none = server.post(&format!("/v1/providers/{nobody}/enable"), &json!({})).await;
    refused(none, 404, "provider-not-found").await;
    let none = server.put(&format!("/v1/organizations/{nobody}/providers/{id}"), &json!({})).await;
    refused(none, 404, "organization-not-found").await;
    let path = format!("{path}/nodes/{nobody}/availability");
    let none = server.put(&path, &json!({"availability": "drain"})).await;
    refused(none, 404, "node-not-found").await;
    assert_eq!(server.head().await, before + 2, "a refusal is no event");
}

#[tokio::test]
async fn the_answer_of_a_command_is_recorded_for_a_slow_reader_too() {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Paris").await;
    let history = server.get(&format!("/v1/providers/{id}/history?at_least=2")).await;
    let types: Vec<Value> = history.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["type"].clone())
        .collect();
    assert_eq!(types, ["ClusterAdded", "ProviderCreated"]);
}
