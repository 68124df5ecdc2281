//! Who asks: tokens, from their first day to their last. What each principal may do is told by
//! `who_may.rs` and `roles.rs`.

use super::server::{Reply, Server};
use adapters::postgres::access::{NewToken, TokenHash};
use api::auth::tokens::Limits;
use domain::{
    Timestamp,
    ids::{PrincipalId, TokenId},
};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool, types::time::OffsetDateTime};
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

async fn status(server: &Server, token: &str) -> u16 {
    server.get_as(token, "/v1/me").await.status
}

async fn refused(server: &Server, token: &str) {
    let ask = async || (status(server, token).await == 401).then_some(());
    eventually("the token is refused", ask).await;
}

#[tokio::test]
async fn a_token_is_shown_once_and_never_again() {
    let database = Database::create().await;
    let server = Server::start(database.options()).await;
    let body = json!({ "principal": { "name": "Robin", "email": "robin@example.org" } });
    let issue = async || {
        let request = server.request(Method::POST, "/v1/tokens").json(&body);
        Reply::of(request.header("Idempotency-Key", "once")).await
    };
    let first = issue().await;
    let token = first.text_of("token");
    assert!(token.starts_with("berth_") && token.len() > 40, "long and random");
    let me = server.get_as(&token, "/v1/me").await.json();
    assert_eq!(
        (&me["name"], &me["role"], &me["roles"]),
        (&json!("Robin"), &json!(null), &json!([]))
    );

    // Repeats make neither a second token nor a second principal.
    let (again, once_more) = (issue().await.json(), issue().await.json());
    let mut expected = first.json();
    expected["token"] = Value::Null;
    assert_eq!((&again, &once_more), (&expected, &expected));
    let found = server.get("/v1/principals?name=ROB&email=Robin@Example.org").await.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(found["items"][0]["id"], first.json()["principal_id"]);
    let profile = server.get(first.header("location")).await;
    assert_eq!((profile.status, profile.json()["state"].as_str()), (200, Some("valid")));
    assert!(!profile.text.contains(&token));

    // Nor is it kept: not in the log, not beside it, not in the answers to commands.
    let kept = dump(&database.owner_pool()).await;
    assert!(kept.contains(&first.text_of("id")) && kept.contains("TokenIssued"));
    assert!(!kept.contains(&token) && !kept.contains(token.trim_start_matches("berth_")));
    let log = server.get("/v1/events?limit=200").await.text;
    assert!(log.contains("TokenIssued") && !log.contains("Robin") && !log.contains("robin@"));
}

/// Everything in every table, as text.
async fn dump(pool: &PgPool) -> String {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables \
         WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut all = String::new();
    for table in tables {
        let rows = format!("SELECT t::text FROM {table} t");
        let rows: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(pool).await.unwrap();
        all += &rows.concat();
    }
    all
}

#[tokio::test]
async fn a_revoked_token_is_refused_within_a_second() {
    let server = Server::start(Database::create().await.options()).await;
    let issued = server.post("/v1/tokens", &json!({ "principal": { "name": "Robin" } })).await;
    let (id, token) = (issued.text_of("id"), issued.text_of("token"));
    assert_eq!(status(&server, &token).await, 200);
    let revoked = server.delete(&format!("/v1/tokens/{id}")).await;
    assert_eq!((revoked.status, status(&server, &token).await), (202, 401), "here at once");
    let again = server.delete(&format!("/v1/tokens/{id}")).await;
    assert_eq!((again.status, again.position()), (202, revoked.position()), "revoked once");
    let shown = server.get(&format!("/v1/tokens/{id}?at_least={}", revoked.position())).await;
    assert_eq!(shown.text_of("state"), "revoked");
    assert_eq!(shown.header("etag"), "\"2\"");
    assert_eq!(status(&server, &server.token).await, 200);
}

#[tokio::test]
async fn a_token_ends_by_itself() {
    let server = Server::start(Database::create().await.options()).await;
    let begun = Instant::now();
    let soon = Timestamp::new(OffsetDateTime::now_utc() + Duration::from_millis(1500));
    let body = json!({ "expires_at": soon.to_string(), "description": "for a moment" });
    let issued = server.post("/v1/tokens", &body).await;
    assert_eq!(issued.status, 201, "{issued:?}");
    assert_eq!(status(&server, &issued.text_of("token")).await, 200, "the caller's own");
    refused(&server, &issued.text_of("token")).await;
    assert!(begun.elapsed() >= Duration::from_millis(1000), "{:?}", begun.elapsed());
    let shown = server.get(issued.header("location")).await.json();
    assert_eq!(
        (&shown["state"], &shown["description"]),
        (&json!("expired"), &json!("for a moment"))
    );
    assert_eq!(shown["expires_at"], json!(soon.to_string()));
}

#[tokio::test]
async fn the_operators_token_replaces_the_one_before_it() {
    let database = Database::create().await;
    let server = Server::start(database.options()).await;
    let id = server.get("/v1/me").await.text_of("id");
    let (old, _) = server.stop().await;
    let server = Server::start(database.options()).await;
    assert_eq!(status(&server, &old).await, 401);
    assert_eq!(server.get("/v1/me").await.text_of("id"), id, "it is the same administrator");
    // It is set by the configuration, so it is not among those that are issued and revoked.
    assert_eq!(server.get("/v1/tokens").await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_row_beside_the_log_makes_no_token() {
    let server = Server::start(Database::create().await.options()).await;
    let (principal, _) = server.principal("Robin").await;
    let token = format!("{:032x}", rand::random::<u128>());
    let kept = NewToken {
        id: TokenId(Uuid::now_v7()),
        hash: TokenHash::of(&token),
        principal: PrincipalId(Uuid::parse_str(&principal).unwrap()),
        description: None,
    };
    server.access.keep(&kept).await.unwrap();
    assert_eq!(status(&server, &token).await, 401, "the log knows nothing of it");
}

#[tokio::test]
async fn tokens_are_listed_by_principal_newest_first() {
    let server = Server::start(Database::create().await.options()).await;
    let (robin, _) = server.principal("Robin").await;
    server.principal("Kim").await;
    for _ in 0..3 {
        server.post("/v1/tokens", &json!({ "principal_id": robin })).await;
    }
    let head = server.head().await;
    let all = server.get(&format!("/v1/tokens?at_least={head}")).await.json();
    let names: Vec<_> =
        all["items"].as_array().unwrap().iter().map(|t| t["principal_name"].clone()).collect();
    assert_eq!(names, ["Robin", "Robin", "Robin", "Kim", "Robin"].map(Value::from));
    let mut seen = vec![];
    let mut path = format!("/v1/tokens?principal_id={robin}&limit=3&sort=created_at");
    let first = path.clone();
    while let Some(cursor) = {
        let page = server.get(&path).await.json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|t| t["id"].clone()));
        page["next_cursor"].as_str().map(str::to_owned)
    } {
        path = format!("{first}&cursor={cursor}");
    }
    assert_eq!(seen.len(), 4);
    assert_eq!(server.get("/v1/tokens?sort=name").await.problem(), "malformed-parameter");
}

#[tokio::test]
async fn who_guesses_tokens_is_not_listened_to_for_a_while() {
    let limits = Limits { requests_per_second: 1000, failures_per_second: 1 };
    let server = Server::limited(Database::create().await.options(), limits).await;
    assert_eq!(status(&server, &server.token).await, 200);
    let guess = || format!("{:032x}", rand::random::<u128>());
    let mut told = vec![];
    for _ in 0..40 {
        told.push(status(&server, &guess()).await);
        if told.last() == Some(&429) {
            break;
        }
        // Who is known is not disturbed by a guesser at the same address.
        assert_eq!(status(&server, &server.token).await, 200);
    }
    assert_eq!(told.last(), Some(&429), "{told:?}");
    assert!(told.len() > 10 && told[..10].iter().all(|status| *status == 401), "{told:?}");
    let reply = server.get_as(&guess(), "/v1/me").await;
    assert_eq!(reply.problem(), "too-many-requests");
    assert_eq!(reply.header("retry-after"), "1");
    eventually("it is listened to again", async || {
        (status(&server, &guess()).await == 401).then_some(())
    })
    .await;
}

#[tokio::test]
async fn no_principal_has_more_than_its_share() {
    let limits = Limits { requests_per_second: 5, failures_per_second: 100 };
    let server = Server::limited(Database::create().await.options(), limits).await;
    let (_, other) = server.principal("Robin").await;
    let mut told = vec![];
    for _ in 0..100 {
        told.push(status(&server, &server.token).await);
    }
    assert!(told.contains(&429) && told[0] == 200, "{told:?}");
    assert_eq!(status(&server, &other).await, 200, "nobody else pays for it");
    eventually("it may ask again", async || {
        (status(&server, &server.token).await == 200).then_some(())
    })
    .await;
}
