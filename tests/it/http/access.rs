//! Who asks: tokens, from their first day to their last. What each principal may do is told by
//! `who_may.rs`.

use super::server::{Reply, Server};
use adapters::postgres::access::{Access, TokenHash};
use domain::ids::PrincipalId;
use reqwest::Method;
use std::time::Duration;
use tests::harness::{Database, eventually};
use tokio::time::Instant;
use uuid::Uuid;

#[tokio::test]
async fn a_token_is_asked_for_before_anything_is_read() {
    let server = Server::start(Database::create().await.options()).await;
    let request = server.anybody(Method::POST, "/v1/providers?x=1").body("no json");
    assert_eq!(Reply::of(request).await.status, 401);
    for header in ["Basic YTpi", "Bearer", "Bearer a b", "token"] {
        let request = server.anybody(Method::GET, "/v1/me").header("Authorization", header);
        assert_eq!(Reply::of(request).await.status, 401, "{header}");
    }
    let me = server.get("/v1/me").await.json();
    assert_eq!(
        (me["name"].as_str(), me["role"].as_str()),
        (Some("administrator"), Some("administrator"))
    );
}

/// A token of the administrator, beside the first one.
async fn issue(server: &Server, access: &Access, lifetime: Option<Duration>) -> String {
    let me = server.get("/v1/me").await.text_of("id");
    let token = format!("{:032x}", rand::random::<u128>());
    let me = PrincipalId(Uuid::parse_str(&me).unwrap());
    access.issue(me, TokenHash::of(&token), lifetime).await.unwrap();
    token
}

async fn status(server: &Server, token: &str) -> u16 {
    Reply::of(server.anybody(Method::GET, "/v1/me").bearer_auth(token)).await.status
}

#[tokio::test]
async fn a_revoked_token_is_refused_within_a_second() {
    let server = Server::start(Database::create().await.options()).await;
    let token = issue(&server, &server.access, None).await;
    assert_eq!(status(&server, &token).await, 200);
    server.access.revoke(TokenHash::of(&token)).await.unwrap();
    let revoked = Instant::now();
    eventually("the token is refused", async || {
        (status(&server, &token).await == 401).then_some(())
    })
    .await;
    assert!(revoked.elapsed() < Duration::from_millis(1500), "{:?}", revoked.elapsed());
    assert_eq!(status(&server, &server.token).await, 200);
}

#[tokio::test]
async fn a_token_ends_by_itself() {
    let server = Server::start(Database::create().await.options()).await;
    let token = issue(&server, &server.access, Some(Duration::from_millis(400))).await;
    let begun = Instant::now();
    eventually("the token expires", async || (status(&server, &token).await == 401).then_some(()))
        .await;
    assert!(begun.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn the_operators_token_replaces_the_one_before_it() {
    let database = Database::create().await;
    let server = Server::start(database.options()).await;
    let id = server.get("/v1/me").await.text_of("id");
    let (old, access) = server.stop().await;
    let server = Server::start(database.options()).await;
    assert_eq!(status(&server, &old).await, 401);
    assert_eq!(server.get("/v1/me").await.text_of("id"), id, "it is the same administrator");
    // A revoked one stays revoked, even if it is still in the configuration.
    access.revoke(TokenHash::of(&server.token)).await.unwrap();
    access.bootstrap(TokenHash::of(&server.token)).await.unwrap();
    eventually("the token is refused", async || {
        (status(&server, &server.token).await == 401).then_some(())
    })
    .await;
}
