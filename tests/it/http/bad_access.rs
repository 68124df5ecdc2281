//! Every field of a request for a token or a role: what is wrong is named, and leaves no event.

use super::server::Server;
use serde_json::{Value, json};
use tests::harness::Database;
use uuid::Uuid;

fn long(characters: usize) -> String {
    "x".repeat(characters)
}

#[tokio::test]
async fn every_field_of_a_token_is_checked() {
    let server = Server::start(Database::create().await.options()).await;
    let new = |name: Value, email: Value| json!({ "principal": { "name": name, "email": email } });
    for (body, field, rule) in [
        (json!({ "principal_id": "me" }), "/principal_id", "uuid"),
        (json!({ "principal_id": 7 }), "/principal_id", "type"),
        (json!({ "principal": "me" }), "/principal", "type"),
        (json!({ "principal": {} }), "/principal/name", "missing"),
        (json!({ "principal": { "name": "a", "age": 7 } }), "/principal/age", "unknown"),
        (new(json!(""), json!(null)), "/principal/name", "empty"),
        (new(json!(long(101)), json!(null)), "/principal/name", "too_long"),
        (new(json!("a\u{202e}"), json!(null)), "/principal/name", "unprintable"),
        (new(json!("a"), json!("")), "/principal/email", "empty"),
        (new(json!("a"), json!("nobody")), "/principal/email", "format"),
        (new(json!("a"), json!(format!("a@{}", long(253)))), "/principal/email", "too_long"),
        (new(json!("a"), json!("a@b\n")), "/principal/email", "padded"),
        (json!({ "description": 7 }), "/description", "type"),
        (json!({ "description": "" }), "/description", "empty"),
        (json!({ "description": long(201) }), "/description", "too_long"),
        (json!({ "description": "a\u{7}b" }), "/description", "unprintable"),
        (json!({ "expires_at": 7 }), "/expires_at", "type"),
        (json!({ "expires_at": "tomorrow" }), "/expires_at", "format"),
        (json!({ "expires_at": "2026-13-01T00:00:00.000000Z" }), "/expires_at", "format"),
        (json!({ "expires_at": "2026-03-01T00:00:00" }), "/expires_at", "format"),
        (json!({ "expires_at": "2020-01-01T00:00:00.000000Z" }), "/expires_at", "past"),
        (json!({ "token": "of my own choice" }), "/token", "unknown"),
        (json!([]), "", "type"),
    ] {
        let reply = server.post("/v1/tokens", &body).await;
        assert_eq!((reply.status, reply.problem().as_str()), (422, "invalid-fields"), "{body}");
        let error = reply.errors()[0].clone();
        assert_eq!((error.0.as_str(), error.1.as_str()), (field, rule), "{body}: {reply:?}");
    }
    let both = json!({ "principal_id": Uuid::nil(), "principal": { "name": "a" } });
    let reply = server.post("/v1/tokens", &both).await;
    assert_eq!(reply.errors()[0], ("/principal".to_owned(), "exclusive".to_owned()));
    assert_eq!(server.head().await, 0);
    let found = server.get("/v1/principals?name=a%20").await.json();
    assert_eq!(found["items"], json!([]), "what was refused left no principal");
}

#[tokio::test]
async fn every_field_of_a_role_is_checked() {
    let server = Server::start(Database::create().await.options()).await;
    let id = Uuid::nil();
    for (body, field, rule) in [
        (json!({ "role": "auditor" }), "/principal_id", "missing"),
        (json!({ "principal_id": "me", "role": "auditor" }), "/principal_id", "uuid"),
        (json!({ "principal_id": id }), "/role", "missing"),
        (json!({ "principal_id": id, "role": 7 }), "/role", "type"),
        (json!({ "principal_id": id, "role": "root" }), "/role", "unknown_value"),
        (json!({ "principal_id": id, "role": "member" }), "/organization_id", "missing"),
        (
            json!({ "principal_id": id, "role": "organization_administrator" }),
            "/organization_id",
            "missing",
        ),
        (
            json!({ "principal_id": id, "role": "auditor", "organization_id": id }),
            "/organization_id",
            "unexpected",
        ),
        (
            json!({ "principal_id": id, "role": "member", "organization_id": "acme" }),
            "/organization_id",
            "uuid",
        ),
        (json!({ "principal_id": id, "role": "auditor", "until": 1 }), "/until", "unknown"),
    ] {
        let reply = server.post("/v1/roles", &body).await;
        assert_eq!((reply.status, reply.problem().as_str()), (422, "invalid-fields"), "{body}");
        let error = reply.errors()[0].clone();
        assert_eq!((error.0.as_str(), error.1.as_str()), (field, rule), "{body}: {reply:?}");
    }
    assert_eq!(server.head().await, 0);
}

#[tokio::test]
async fn every_parameter_of_the_lists_is_checked() {
    let server = Server::start(Database::create().await.options()).await;
    for (path, field) in [
        ("/v1/tokens?principal_id=me", "principal_id"),
        ("/v1/tokens?limit=0", "limit"),
        ("/v1/tokens?cursor=nonsense", "cursor"),
        ("/v1/tokens?colour=red", "colour"),
        ("/v1/tokens/me", "id"),
        ("/v1/roles?organization_id=acme", "organization_id"),
        ("/v1/roles?role=root", "role"),
        ("/v1/roles?sort=name", "sort"),
        ("/v1/roles/me", "id"),
        ("/v1/principals?limit=201", "limit"),
        ("/v1/principals?cursor=nonsense", "cursor"),
        ("/v1/principals?name=a%00", "name"),
        ("/v1/principals/me", "id"),
    ] {
        let reply = server.get(path).await;
        let told = (reply.status, reply.problem());
        assert_eq!((told.0, told.1.as_str()), (400, "malformed-parameter"), "{path}");
        assert_eq!(reply.errors()[0].0, field, "{path}");
    }
}
