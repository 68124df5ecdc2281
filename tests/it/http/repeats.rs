//! A command that is sent again takes effect once, whatever happened in between.

use super::server::{Reply, Server, provider};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tests::harness::Database;

fn keyed(server: &Server, key: &str, body: &Value) -> RequestBuilder {
    server.request(Method::POST, "/v1/providers").header("Idempotency-Key", key).json(body)
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_also_after_a_restart() {
    let database = Database::create().await;
    let server = Server::start(database.options()).await;
    let first = Reply::of(keyed(&server, "once", &provider("Paris"))).await;
    assert_eq!(first.status, 201);
    let again = Reply::of(keyed(&server, "once", &provider("Paris"))).await;
    assert_eq!((again.status, &again.text), (201, &first.text));
    assert_eq!(again.header("location"), first.header("location"));

    // The order of members and white space are no other request.
    let spelt = r#" { "visibility":"public", "name":"Paris","kind":"swarm",
        "clusters":[{"url":"http://10.9.0.1:2375","name":"c1"}],
        "deployment_mode":"active_passive" }"#;
    let request = server.request(Method::POST, "/v1/providers").header("Idempotency-Key", "once");
    let again = Reply::of(request.header("Content-Type", "application/json").body(spelt)).await;
    assert_eq!((again.status, &again.text), (201, &first.text));

    let (token, access) = server.stop().await;
    let server = Server::start_with(database.options(), token, access).await;
    let again = Reply::of(keyed(&server, "once", &provider("Paris"))).await;
    assert_eq!((again.status, &again.text), (201, &first.text));
    assert_eq!(server.head().await, 2);
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let server = Server::start(Database::create().await.options()).await;
    let first = Reply::of(keyed(&server, "once", &provider("Paris"))).await;
    let id = first.text_of("id");
    let other = Reply::of(keyed(&server, "once", &provider("Lyon"))).await;
    assert_eq!((other.status, other.problem().as_str()), (422, "idempotency-key-reused"));
    let path = format!("/v1/providers/{id}/enable");
    let elsewhere = server.request(Method::POST, &path).header("Idempotency-Key", "once");
    let elsewhere = Reply::of(elsewhere).await;
    assert_eq!(elsewhere.problem(), "idempotency-key-reused");
    assert_eq!(server.head().await, 2);
}

#[tokio::test]
async fn a_refusal_is_not_remembered() {
    let server = Server::start(Database::create().await.options()).await;
    let paris = server.provider("Paris").await;
    let refused = Reply::of(keyed(&server, "later", &provider("Paris"))).await;
    assert_eq!(refused.problem(), "name-taken");
    let rename = json!({"name": "Lyon"});
    assert_eq!(server.patch(&format!("/v1/providers/{paris}"), &rename).await.status, 202);
    assert_eq!(Reply::of(keyed(&server, "later", &provider("Paris"))).await.status, 201);
}

#[tokio::test]
async fn a_late_repeat_cannot_undo_what_came_after_it() {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Paris").await;
    let send = async |verb: &str, key: &str| {
        let path = format!("/v1/providers/{id}/{verb}");
        Reply::of(server.request(Method::POST, &path).header("Idempotency-Key", key)).await
    };
    let idle = send("disable", "a").await;
    assert_eq!(send("enable", "b").await.json()["version"], 3);
    assert_eq!(send("disable", "a").await.text, idle.text);
    assert_eq!(server.head().await, 3);
}
