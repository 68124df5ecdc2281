//! Who may ask: every route of the table, with and without a token.

use super::server::{Reply, Server};
use adapters::postgres::access::{Access, TokenHash};
use api::routes::{Access as May, Entry, TABLE};
use domain::ids::PrincipalId;
use reqwest::Method;
use std::time::Duration;
use tests::harness::{Database, eventually};
use tokio::time::Instant;
use uuid::Uuid;

fn request(server: &Server, entry: &Entry) -> reqwest::RequestBuilder {
    let nobody = Uuid::nil().to_string();
    let path = entry.path.replace("{code}", "not-found").replace("{key}", "zone");
    let path = ["{id}", "{cluster_id}", "{node_id}", "{provider_id}"]
        .iter()
        .fold(path, |path, parameter| path.replace(parameter, &nobody));
    let method = Method::from_bytes(entry.method.as_str().as_bytes()).unwrap();
    server.anybody(method, &path)
}

#[tokio::test]
async fn every_route_refuses_who_has_no_valid_token() {
    let server = Server::start(Database::create().await.options()).await;
    let wrong = format!("{:032x}", rand::random::<u128>());
    for entry in TABLE {
        let what = format!("{} {}", entry.method, entry.path);
        let without = Reply::of(request(&server, entry)).await;
        match entry.access {
            May::Anybody => assert_eq!(without.status, 200, "{what}: {without:?}"),
            May::Administrator => {
                for reply in [without, Reply::of(request(&server, entry).bearer_auth(&wrong)).await]
                {
                    assert_eq!((reply.status, reply.problem().as_str()), (401, "unauthenticated"));
                    assert_eq!(reply.header("www-authenticate"), "Bearer realm=\"berth\"");
                }
                // With a token the answer is another one: the route exists and was reached.
                let with = Reply::of(request(&server, entry).bearer_auth(&server.token)).await;
                assert!(![401, 405, 500].contains(&with.status), "{what}: {with:?}");
                assert!(with.status != 404 || with.problem() != "not-found", "{what}");
            }
        }
    }
    assert_eq!(server.head().await, 0, "nothing was recorded");
}

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
