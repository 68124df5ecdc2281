//! PostgreSQL goes away and comes back; the process stays.

use super::server::{Reply, Server, provider};
use adapters::postgres::migrate;
use api::embedded::postgres::{OWNER, Server as Postgres, Settings};
use reqwest::Method;
use sqlx::postgres::PgConnectOptions;
use std::{str::FromStr, sync::Arc};
use tests::harness::eventually;
use tokio::task::spawn_blocking;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn without_postgresql_everything_is_unavailable_until_it_is_back() {
    let folder = std::env::temp_dir().join(format!("berth-outage-{}", Uuid::new_v4().simple()));
    let place = folder.clone();
    let start = move || Postgres::start(&place, &Settings::default()).unwrap();
    let postgres = Arc::new(spawn_blocking(start).await.unwrap());
    let options = PgConnectOptions::from_str(&postgres.url_of(OWNER, "berth")).unwrap();
    migrate(&options, None).await.unwrap();
    let server = Server::start(options).await;
    let paris = server.provider("Paris").await;

    let down = Arc::clone(&postgres);
    spawn_blocking(move || down.kill().unwrap()).await.unwrap();
    let history = format!("/v1/providers/{paris}/history");
    let command = server.request(Method::POST, "/v1/providers").header("Idempotency-Key", "lyon");
    let (command, read, ready, alive) = tokio::join!(
        Reply::of(command.json(&provider("Lyon"))),
        server.get(&history),
        server.get("/readyz"),
        server.get("/healthz"),
    );
    for reply in [command, read] {
        assert_eq!((reply.status, reply.problem().as_str()), (503, "unavailable"), "{reply:?}");
        assert!(!reply.header("retry-after").is_empty());
        assert!(!reply.text.contains("socket"), "the inside shows: {}", reply.text);
    }
    assert_eq!((ready.status, ready.text_of("status").as_str()), (503, "not_ready"));
    let part = ready.json()["parts"]["postgres"].clone();
    assert_eq!(part["status"], "not_ready");
    assert!(part["reason"].as_str().unwrap().contains("not answer"), "{part}");
    assert_eq!(alive.status, 200, "a dead database kills no process");

    let up = Arc::clone(&postgres);
    spawn_blocking(move || up.start_again().unwrap()).await.unwrap();
    let made = eventually("Berth recovers", async || {
        let again = server.request(Method::POST, "/v1/providers");
        let again = again.header("Idempotency-Key", "lyon").json(&provider("Lyon"));
        let reply = Reply::of(again).await;
        (reply.status == 201).then_some(reply)
    })
    .await;
    assert_eq!(server.get("/readyz").await.status, 200);
    assert_eq!(server.head().await, 4, "it took effect once");
    assert_ne!(made.text_of("id"), paris);
    server.stop().await;
    drop(postgres);
    std::fs::remove_dir_all(&folder).unwrap();
}
