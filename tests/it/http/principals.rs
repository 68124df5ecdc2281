//! What is known of people, beside the log: changed and erased, while the log stays as it is.

use super::server::{Reply, Server};
use reqwest::Method;
use serde_json::{Value, json};
use tests::harness::Database;
use uuid::Uuid;

/// A principal with all that can be known of one; its path, its token, and that token's path.
async fn robin(server: &Server) -> (String, String, String) {
    let body = json!({
        "principal": {"name": "Robin", "email": "robin@example.org"},
        "description": "Robin's laptop",
    });
    let issued = server.post("/v1/tokens", &body).await;
    assert_eq!(issued.status, 201, "{issued:?}");
    let path = format!("/v1/principals/{}", issued.text_of("principal_id"));
    (path, issued.text_of("token"), issued.header("location").to_owned())
}

#[tokio::test]
async fn a_principal_is_called_something_else_wherever_it_is_shown() {
    let server = Server::start(Database::create().await.options()).await;
    let (path, _, token) = robin(&server).await;
    let (before, made) = (server.head().await, server.get(&path).await.json());
    let renamed = server.patch(&path, &json!({ "name": "Kim" })).await;
    assert_eq!((renamed.status, renamed.text_of("name").as_str()), (200, "Kim"), "{renamed:?}");
    assert_eq!(renamed.json()["email"], "robin@example.org", "what is not given stays");
    assert_eq!(renamed.json()["created_at"], made["created_at"]);
    assert_eq!(server.get(&token).await.text_of("principal_name"), "Kim");
    let moved = server.patch(&path, &json!({ "email": "kim@example.org" })).await;
    let told = (moved.text_of("name"), moved.text_of("email"));
    assert_eq!(told, ("Kim".to_owned(), "kim@example.org".to_owned()));
    let without = server.patch(&path, &json!({ "email": null })).await.json();
    assert_eq!((&without["email"], &without["erased"]), (&Value::Null, &json!(false)));
    assert_eq!(server.patch(&path, &json!({})).await.json(), without);
    assert_eq!(server.get(&path).await.json(), without);
    assert_eq!(server.head().await, before, "the log knows it by its id alone");
}

#[tokio::test]
async fn what_is_known_of_a_principal_is_erased_and_its_id_stays() {
    let server = Server::start(Database::create().await.options()).await;
    let (path, secret, token) = robin(&server).await;
    let head = server.head().await;
    let erased = server.delete(&path).await;
    assert_eq!(erased.status, 200, "{erased:?}");
    let left = erased.json();
    assert_eq!(path, format!("/v1/principals/{}", left["id"].as_str().unwrap()));
    assert_eq!((&left["name"], &left["erased"]), (&json!(""), &json!(true)));
    assert_eq!((&left["email"], &left["issuer"]), (&Value::Null, &Value::Null));
    assert_eq!(server.delete(&path).await.json(), left, "erased already");
    let shown = server.get(&format!("{token}?at_least={head}")).await;
    assert_eq!(shown.json()["principal_name"], Value::Null);
    assert_eq!(shown.json()["description"], Value::Null);
    let events = server.get("/v1/events?limit=200").await.text;
    assert!(events.contains(left["id"].as_str().unwrap()), "what it did stays");
    for list in ["/v1/principals", "/v1/tokens", "/v1/roles", "/v1/events?limit=200"] {
        let text = server.get(list).await.text.to_lowercase();
        assert!(!text.contains("robin"), "{list} still knows: {text}");
    }
    // What it may do is another matter.
    assert_eq!(server.get_as(&secret, "/v1/me").await.status, 200);
    assert_eq!(server.delete(token.split('?').next().unwrap()).await.status, 202);
    assert_eq!(server.head().await, head + 1, "to erase is no event");
}

#[tokio::test]
async fn every_field_of_a_principal_is_checked() {
    let server = Server::start(Database::create().await.options()).await;
    let (path, _, _) = robin(&server).await;
    let before = server.get(&path).await.json();
    let long = "x".repeat(300);
    for (body, field, rule) in [
        (json!({ "name": 7 }), "/name", "type"),
        (json!({ "name": null }), "/name", "type"),
        (json!({ "name": "" }), "/name", "empty"),
        (json!({ "name": " a" }), "/name", "padded"),
        (json!({ "name": long }), "/name", "too_long"),
        (json!({ "name": "a\u{202e}" }), "/name", "unprintable"),
        (json!({ "email": 7 }), "/email", "type"),
        (json!({ "email": "" }), "/email", "empty"),
        (json!({ "email": "nobody" }), "/email", "format"),
        (json!({ "email": format!("a@{long}") }), "/email", "too_long"),
        (json!({ "email": "a@b\n" }), "/email", "padded"),
        (json!({ "id": Uuid::nil() }), "/id", "unknown"),
        (json!([]), "", "type"),
    ] {
        let reply = server.patch(&path, &body).await;
        assert_eq!((reply.status, reply.problem().as_str()), (422, "invalid-fields"), "{body}");
        assert!(reply.errors().contains(&(field.to_owned(), rule.to_owned())), "{reply:?}");
        assert!(!reply.text.contains(&"x".repeat(70)), "it repeats what was sent");
    }
    let more = Reply::of(server.request(Method::DELETE, &path).json(&json!({ "name": "x" }))).await;
    assert_eq!(more.errors(), [("/name".to_owned(), "unknown".to_owned())]);
    assert_eq!(server.get(&path).await.json(), before);
    let nobody = format!("/v1/principals/{}", Uuid::nil());
    for reply in [server.patch(&nobody, &json!({})).await, server.delete(&nobody).await] {
        assert_eq!((reply.status, reply.problem().as_str()), (404, "principal-not-found"));
    }
    for reply in [
        server.delete("/v1/principals/me").await,
        server.delete(&format!("{path}?force=true")).await,
    ] {
        assert_eq!((reply.status, reply.problem().as_str()), (400, "malformed-parameter"));
    }
}
