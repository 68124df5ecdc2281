//! Tests of connections, as asked for, shown and followed over HTTP. What they find on real
//! clusters is told in `tests/clusters`; here the story plays the worker.

use super::{
    follower::Follower,
    server::{Server, provider},
};
use commands::cluster::report_test::{Found, ReportConnectivity};
use domain::{
    connectivity::{Outcome, Report, Step},
    ids::ClusterId,
    testing::connectivity::finding,
};
use reqwest::Method;
use serde_json::{Value, json};
use tests::harness::{Database, certificate::Pem};

async fn server() -> Server {
    Server::start(Database::create().await.options()).await
}

fn candidate() -> Value {
    json!({"kind": "swarm", "cluster": {
        "name": "one", "url": "https://10.9.0.1:2376", "server_name": "swarm.internal",
        "certificate": Pem::new("berth", 90).body(),
    }})
}

async fn report(server: &Server, id: &str, found: Found) {
    let verb = ReportConnectivity { id: id.parse::<ClusterId>().unwrap(), number: 1, found };
    server.writer.handle(&verb, &crate::story::request()).await.unwrap();
}

#[tokio::test]
async fn a_cluster_is_tested_before_it_is_registered() {
    let server = server().await;
    let reply = server.post("/v1/connectivity-tests", &candidate()).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    let id = reply.text_of("id");
    let location = reply.header("location").to_owned();
    assert!(location.starts_with(&format!("/v1/connectivity-tests/{id}")), "{location}");
    let shown = server.get(&location).await;
    assert_eq!((shown.status, shown.text_of("state").as_str()), (200, "running"));
    assert_eq!(shown.json()["provider_id"], Value::Null);

    let (passed, failed) =
        (finding(Step::Tcp, Outcome::Passed), finding(Step::Tls, Outcome::Failed));
    report(&server, &id, Found::Step(passed.clone())).await;
    let shown = server.get(&location).await.json();
    assert_eq!((&shown["state"], &shown["steps"][0]["step"]), (&json!("running"), &json!("tcp")));
    assert_eq!(shown["finished_at"], Value::Null);

    let (findings, native_id) = (vec![passed, failed], Some("zk3".to_owned()));
    report(&server, &id, Found::End(Report { findings, native_id })).await;
    let shown = server.get(&location).await.json();
    assert_eq!((&shown["state"], &shown["native_id"]), (&json!("failed"), &json!("zk3")));
    assert_eq!(shown["steps"][1]["remedy"], "mend it");
    assert!(shown["finished_at"].is_string());
    let certificates = server.get("/v1/certificates").await.json();
    assert_eq!(certificates["items"], json!([]), "what is given to a test is for the test alone");
}

#[tokio::test]
async fn a_provider_shows_its_last_test_with_its_age() {
    let server = server().await;
    let id = server.post("/v1/providers", &provider("Paris")).await.text_of("id");
    let path = format!("/v1/providers/{id}");
    let head = server.head().await;
    let shown = server.get(&format!("{path}?at_least={head}")).await.json();
    let cluster = shown["clusters"][0]["id"].clone();
    let cluster = cluster.as_str().unwrap();
    let missing = server.get(&format!("/v1/connectivity-tests/{cluster}")).await;
    assert_eq!((missing.status, missing.problem().as_str()), (404, "connectivity-test-not-found"));

    // While it is disabled.
    let asked = server.post(&format!("{path}/test"), &json!({})).await;
    assert_eq!((asked.status, asked.text_of("id")), (202, id.clone()));
    let again = server.post(&format!("{path}/test"), &json!({})).await;
    assert_eq!(again.json()["version"], asked.json()["version"], "the provider does not change");
    let shown = server.get(&format!("/v1/connectivity-tests/{cluster}")).await.json();
    assert_eq!((&shown["state"], &shown["provider_id"]), (&json!("running"), &json!(id)));
    assert_eq!(shown["version"], 1, "a test that goes on is not begun anew");

    let findings = vec![finding(Step::Url, Outcome::Passed)];
    report(&server, cluster, Found::End(Report { findings, native_id: None })).await;
    let head = server.head().await;
    for path in [format!("{path}?at_least={head}"), format!("/v1/providers?at_least={head}")] {
        let shown = server.get(&path).await.json();
        let shown = shown["items"].get(0).cloned().unwrap_or(shown);
        let last = &shown["last_test"];
        assert_eq!(last["result"], "passed", "{shown}");
        assert!(last["age_seconds"].is_u64() && last["tested_at"].is_string(), "{last}");
    }
    let history = server.get(&format!("/v1/providers/{id}/history?limit=1")).await.json();
    assert_eq!(history["items"][0]["type"], "ConnectivityTested");
}

#[tokio::test]
async fn a_test_is_followed_step_by_step_to_its_end() {
    let server = server().await;
    let id = server.post("/v1/connectivity-tests", &candidate()).await.text_of("id");
    let path = format!("/v1/connectivity-tests/{id}/stream");
    let mut follower = Follower::on(&server, &path, None).await;
    for step in [Step::Url, Step::Dns] {
        report(&server, &id, Found::Step(finding(step, Outcome::Passed))).await;
        let event = follower.next().await.unwrap();
        assert_eq!(event["type"], "ConnectivityStepTaken");
        assert_eq!(event["data"]["finding"]["step"], step.as_str());
    }
    let seen = follower.id();
    let findings = vec![finding(Step::Url, Outcome::Passed)];
    report(&server, &id, Found::End(Report { findings, native_id: None })).await;
    let end = follower.next().await.unwrap();
    assert_eq!(
        (&end["type"], &end["data"]["passed"]),
        (&json!("ConnectivityTested"), &json!(true))
    );
    assert!(follower.next().await.is_none(), "there is no more to say");

    // Whoever was cut off goes on behind what it knows, and whoever knows all need not ask again.
    let mut late = Follower::on(&server, &path, Some(seen)).await;
    assert_eq!(late.next().await.unwrap()["type"], "ConnectivityTested");
    assert!(late.next().await.is_none());
    let request = server.request(Method::GET, &path);
    let over = request.header("Last-Event-ID", late.id().to_string()).send().await.unwrap();
    assert_eq!(over.status(), 204);
}

#[tokio::test]
async fn what_cannot_be_registered_cannot_be_tested() {
    let server = server().await;
    let mut body = candidate();
    body["cluster"]["url"] = json!("http://10.9.0.1:2375");
    let refused = server.post("/v1/connectivity-tests", &body).await;
    assert_eq!(refused.problem(), "invalid-fields", "{refused:?}");
    assert_eq!(refused.errors(), [("/cluster/certificate_id".to_owned(), "unfit".to_owned())]);
    let mut body = candidate();
    body["cluster"]["url"] = json!("https://169.254.169.254");
    let refused = server.post("/v1/connectivity-tests", &body).await;
    assert_eq!(refused.problem(), "invalid-fields");
    assert_eq!(refused.errors()[0].0, "/cluster/url");
    let mut empty = provider("Paris");
    empty["clusters"] = json!([]);
    let id = server.post("/v1/providers", &empty).await.text_of("id");
    let refused = server.post(&format!("/v1/providers/{id}/test"), &json!({})).await;
    assert_eq!((refused.status, refused.problem().as_str()), (409, "no-cluster"));
}
