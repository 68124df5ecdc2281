//! What is promised beside the answers: pages, documents, headers, and paths that do not exist.

use super::server::{Reply, Server};
use api::problem::Code;
use reqwest::Method;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use tests::harness::Database;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::test]
async fn every_problem_explains_itself_at_its_address() {
    let server = Server::start(Database::create().await.options()).await;
    let index = server.get("/problems").await;
    for code in Code::ALL {
        let page = Reply::of(server.anybody(Method::GET, &code.address())).await;
        assert_eq!(page.status, 200, "{}", code.address());
        assert_eq!(page.header("content-type"), "text/markdown; charset=utf-8");
        assert!(page.text.contains("## Cause") && page.text.contains("## Cure"));
        assert!(index.text.contains(&code.address()));
        let browser = server.anybody(Method::GET, &code.address()).header("Accept", "text/html");
        let page = Reply::of(browser).await;
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(page.text.contains("<h2>Cure</h2>"));
    }
    assert_eq!(server.get("/problems/unheard-of").await.problem(), "not-found");
}

#[tokio::test]
async fn what_does_not_exist_is_a_problem_too() {
    let server = Server::start(Database::create().await.options()).await;
    for path in ["/", "/v1", "/v1/nothing", "/v1/providers/", "/v2/providers"] {
        let reply = server.get(path).await;
        assert_eq!((reply.status, reply.problem().as_str()), (404, "not-found"), "{path}");
    }
    let reply = server.delete("/v1/providers").await;
    assert_eq!((reply.status, reply.problem().as_str()), (405, "method-not-allowed"));
    assert_eq!(reply.header("allow"), "POST, GET, HEAD");
    let odd = Method::from_bytes(b"BREW").unwrap();
    let reply = Reply::of(server.request(odd, "/v1/me")).await;
    assert_eq!((reply.status, reply.header("allow")), (405, "GET, HEAD"));
}

#[tokio::test]
async fn every_answer_says_how_far_it_knows_the_log_and_how_it_is_to_be_treated() {
    let server = Server::start(Database::create().await.options()).await;
    server.provider("Paris").await;
    let replies = [
        server.get("/healthz").await,
        server.get("/readyz").await,
        server.get("/openapi.json").await,
        server.get("/v1/nothing").await,
        server.get("/v1/events").await,
        server.post("/v1/providers", &serde_json::json!({})).await,
        Reply::of(server.anybody(Method::GET, "/v1/me")).await,
        Reply::of(server.request(Method::HEAD, "/healthz")).await,
    ];
    for reply in replies {
        assert_eq!(reply.position(), 2, "{reply:?}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("cache-control"), "no-store");
        assert!(reply.header("content-security-policy").contains("default-src 'none'"));
    }
}

#[tokio::test]
async fn operators_see_health_numbers_and_the_contract() {
    let server = Server::start(Database::create().await.options()).await;
    assert_eq!(server.get("/healthz").await.text_of("status"), "ok");
    let ready = server.get("/readyz").await;
    assert_eq!((ready.status, ready.text_of("status").as_str()), (200, "ready"));
    assert_eq!(ready.json()["parts"]["postgres"]["status"], "ready");
    server.get("/v1/nothing-that-exists").await;
    let numbers = server.get("/metrics").await;
    assert!(numbers.header("content-type").starts_with("application/openmetrics-text"));
    let counted = "berth_http_requests_total{method=\"GET\",route=\"/healthz\",status=\"200\"} 1";
    assert!(numbers.text.contains(counted), "{}", numbers.text);
    assert!(!numbers.text.contains("nothing-that-exists"), "a stranger made a time series");
    assert!(numbers.text.contains("berth_read_model_position{read_model=\"node_list\"} 0"));
    let document = server.get("/openapi.json").await;
    assert_eq!(document.json()["openapi"], "3.1.0");
    assert_eq!(document.text, api::openapi::COMMITTED);
}

/// A document of the contracts, as it lies beside the program.
fn committed(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../api").join(path)
}

#[tokio::test]
async fn what_machines_read_of_events_is_served_to_anybody_as_it_is_committed() {
    let server = Server::start(Database::create().await.options()).await;
    let read = async |path: &str| Reply::of(server.anybody(Method::GET, path)).await;
    let described = read("/asyncapi.json").await;
    assert_eq!(described.text, fs::read_to_string(committed("asyncapi.json")).unwrap());
    let mut schemas = 0;
    for file in fs::read_dir(committed("schemas/events")).unwrap() {
        let file = file.unwrap().path();
        let (r#type, version) =
            file.file_stem().unwrap().to_str().unwrap().split_once('.').unwrap();
        let schema = read(&format!("/schemas/events/{type}/{version}")).await;
        assert_eq!(schema.header("content-type"), "application/schema+json");
        assert_eq!(schema.text, fs::read_to_string(&file).unwrap(), "{type}");
        assert!(described.text.contains(r#type), "{type} is in no message");
        schemas += 1;
    }
    assert!(schemas >= 70, "{schemas}");
    for nowhere in ["NodeLabeled/99", "NodeLabeled/x", "NodeForgotten/1"] {
        let reply = read(&format!("/schemas/events/{nowhere}")).await;
        assert_eq!((reply.status, reply.problem().as_str()), (404, "not-found"), "{nowhere}");
    }
}

#[tokio::test]
async fn a_request_that_never_ends_is_ended() {
    let patience = Duration::from_millis(300);
    let server = Server::impatient(Database::create().await.options(), patience).await;
    let address = server.base.trim_start_matches("http://");
    let mut slow = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /v1/organizations HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{\"name\":",
        server.token
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = slow.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("/problems/timed-out"), "{answer}");
    assert_eq!(server.head().await, 0);
}
