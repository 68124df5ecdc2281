//! What was: who changed what and why, profiles as they were, and what became of them since.

use super::server::{Server, cluster, provider};
use commands::node::observe::ObserveNode;
use domain::{
    ids::{ClusterId, EventId, PrincipalId},
    node::Place,
    testing::facts,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::harness::Database;

/// A provider whose story has an event of most types; its id, and that of its node.
async fn story(server: &Server) -> (String, String) {
    let mut body = provider("Paris");
    body["visibility"] = json!("private");
    let id = server.post("/v1/providers", &body).await.text_of("id");
    let node = server.node(&id).await.to_string();
    let base = format!("/v1/providers/{id}");
    let label = format!("{base}/nodes/{node}/labels/zone");
    for value in ["a", "b"] {
        assert_eq!(server.put(&label, &json!({ "value": value })).await.status, 202);
    }
    assert_eq!(server.delete(&label).await.status, 202);
    let availability = format!("{base}/nodes/{node}/availability");
    server.put(&availability, &json!({"availability": "drain"})).await;
    server.patch(&base, &json!({"name": "Lyon", "comments": "moved"})).await;
    server.patch(&base, &json!({"visibility": "public"})).await;
    let added = server.post(&format!("{base}/clusters"), &cluster(2)).await.text_of("id");
    let path = format!("{base}/clusters/{added}");
    server.patch(&path, &json!({"url": "http://10.9.0.9:2375"})).await;
    let organization =
        server.post("/v1/organizations", &json!({"name": "ACME"})).await.text_of("id");
    let association = format!("/v1/organizations/{organization}/providers/{id}");
    server.put(&association, &json!({})).await;
    server.delete(&association).await;
    server.delete(&path).await;
    assert_eq!(server.post(&format!("{base}/disable"), &json!({})).await.status, 202);
    (id, node)
}

/// Each event of a history with its changes, oldest first.
async fn told(server: &Server, id: &str) -> Vec<(String, BTreeMap<String, (Value, Value)>)> {
    let page = server.get(&format!("/v1/providers/{id}/history?limit=200")).await;
    assert_eq!(page.status, 200, "{page:?}");
    let mut told: Vec<_> = page.json()["items"].as_array().unwrap().iter().map(changes).collect();
    told.reverse();
    told
}

fn changes(entry: &Value) -> (String, BTreeMap<String, (Value, Value)>) {
    let changes = entry["changes"].as_array().unwrap().iter().map(|change| {
        let field = change["field"].as_str().unwrap().to_owned();
        (field, (change["before"].clone(), change["after"].clone()))
    });
    (entry["type"].as_str().unwrap().to_owned(), changes.collect())
}

/// The first cluster of a provider.
async fn cluster_of(server: &Server, id: &str) -> ClusterId {
    let path = format!("/v1/providers/{id}?at_least={}", server.head().await);
    let shown = server.get(&path).await.json();
    shown["clusters"][0]["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_history_tells_what_each_field_was_before_and_after() {
    let server = Server::start(Database::create().await.options()).await;
    let (id, _) = story(&server).await;
    let told = told(&server, &id).await;
    let of = |name: &str, nth: usize| {
        let mut found = told.iter().filter(|(r#type, _)| r#type == name);
        found.nth(nth).unwrap_or_else(|| panic!("no {name}")).1.clone()
    };
    let changed = |before: Value, after: Value| (before, after);
    assert_eq!(of("ProviderCreated", 0)["/name"], changed(json!(null), json!("Paris")));
    let enabled = changed(json!("disabled"), json!("enabled"));
    assert_eq!(of("ProviderEnabled", 0), [("/state".to_owned(), enabled)].into());
    let disabled = changed(json!("enabled"), json!("disabled"));
    assert_eq!(of("ProviderDisabled", 0), [("/state".to_owned(), disabled)].into());
    let details = of("ProviderDetailsChanged", 0);
    assert_eq!(details["/name"], changed(json!("Paris"), json!("Lyon")));
    assert_eq!(details["/comments"], changed(json!(""), json!("moved")));
    assert_eq!(details.len(), 2);
    let visibility = changed(json!("private"), json!("public"));
    assert_eq!(of("ProviderVisibilityChanged", 0)["/visibility"], visibility);
    let moved = of("ClusterEndpointChanged", 0);
    let (field, values) = moved.iter().next().unwrap();
    assert!(field.starts_with("/clusters/") && field.ends_with("/url"), "{field}");
    assert_eq!(*values, changed(json!("http://10.9.0.2:2375"), json!("http://10.9.0.9:2375")));
    let gone = of("ClusterRemoved", 0);
    let (_, (before, after)) = gone.iter().next().unwrap();
    assert_eq!((&before["name"], after), (&json!("c2"), &json!(null)));

    assert_eq!(of("NodeDiscovered", 0)["/name"], changed(json!(null), json!("swarm-1")));
    assert_eq!(of("NodeLabeled", 0)["/owned_labels/zone"].1["value"], json!("a"));
    let second = of("NodeLabeled", 1);
    assert_eq!(second["/owned_labels/zone/value"], changed(json!("a"), json!("b")));
    let removed = of("NodeLabelRemoved", 0);
    assert_eq!(removed["/owned_labels/zone/value"], changed(json!("b"), json!(null)));
    let drain = of("DrainStarted", 0);
    assert_eq!(drain["/wanted_availability"].1["availability"], json!("drain"));
    assert_eq!(drain["/draining"].1["before"], json!("active"));
    assert_eq!(of("OrgAssociated", 0)["/organization_count"], changed(json!(0), json!(1)));
    assert_eq!(of("OrgDissociated", 0)["/organization_count"], changed(json!(1), json!(0)));
    for (r#type, changes) in &told {
        assert!(!changes.is_empty(), "{type} changed something");
    }
}

#[tokio::test]
async fn a_history_names_who_acted_and_why() {
    let server = Server::start(Database::create().await.options()).await;
    let (id, node) = story(&server).await;
    let me = server.get("/v1/me").await.json();
    let path = format!("/v1/providers/{id}/history");
    let page = server.get(&format!("{path}?type=NodeLabeled&limit=1")).await.json();
    let entry = &page["items"][0];
    assert_eq!(entry["actor"], json!({"id": me["id"], "name": me["name"]}));
    assert_eq!(entry["cause"]["command_id"], entry["metadata"]["command_id"]);
    assert_eq!(entry["cause"]["correlation_id"], entry["metadata"]["correlation_id"]);
    assert_eq!(entry["cause"]["event"], json!(null));

    // An answer to an event names the event; whoever acted is named, whoever is not is not.
    let before = server.head().await;
    let cause = server.get(&format!("/v1/events?after={}&limit=1", before - 1)).await.json();
    let cause = &cause["items"][0];
    let stranger = PrincipalId(uuid::Uuid::now_v7());
    let mut request = crate::story::request();
    request.metadata.actor = stranger;
    request.metadata.causation_id = cause["id"].as_str().map(|id| EventId(id.parse().unwrap()));
    let place = Place { cluster: cluster_of(&server, &id).await, provider: id.parse().unwrap() };
    let observe = ObserveNode { place, facts: facts("drain") };
    assert_eq!(observe.node().to_string(), node);
    server.writer.handle(&observe, &request).await.unwrap();
    let page = server.get(&format!("{path}?actor={stranger}")).await.json();
    let entry = &page["items"][0];
    assert_eq!(entry["actor"], json!({"id": stranger.to_string(), "name": null}));
    let event = json!({"id": cause["id"], "position": before, "stream": cause["stream"],
        "type": cause["type"]});
    assert_eq!(entry["cause"]["event"], event);
    let (r#type, changes) = changes(entry);
    assert_eq!(r#type, "NodeObserved");
    assert_eq!(changes["/availability"], (json!("active"), json!("drain")));
}

#[tokio::test]
async fn a_profile_is_shown_as_it_was_at_every_position_and_time() {
    let server = Server::start(Database::create().await.options()).await;
    let mut body = provider("Paris");
    body["visibility"] = json!("private");
    let id = server.post("/v1/providers", &body).await.text_of("id");
    let base = format!("/v1/providers/{id}");
    let node = server.node(&id).await;
    let organization =
        server.post("/v1/organizations", &json!({"name": "ACME"})).await.text_of("id");
    let association = format!("/v1/organizations/{organization}/providers/{id}");
    let cluster_id = cluster_of(&server, &id).await;
    let declared = json!({"reference": "localhost:1/demo:1", "visibility": "public"});
    let image = server.post(&format!("{base}/images"), &declared).await.text_of("id");
    let image = format!("{base}/images/{image}");
    let paths = [
        base.clone(),
        image.clone(),
        format!("{base}/clusters"),
        format!("{base}/clusters/{cluster_id}"),
        format!("{base}/nodes/{node}"),
        format!("/v1/organizations/{organization}"),
    ];
    let mut then = vec![];
    let label = format!("{base}/nodes/{node}/labels/zone");
    for step in 0..9 {
        let reply = match step {
            0 => server.put(&label, &json!({"value": "a"})).await,
            1 => server.patch(&base, &json!({"name": "Lyon"})).await,
            2 => server.put(&association, &json!({})).await,
            3 => server.delete(&label).await,
            4 => server.patch(&base, &json!({"comments": "moved"})).await,
            5 => server.delete(&association).await,
            7 => server.post(&format!("{image}/enable"), &json!({})).await,
            6 => {
                server
                    .patch(
                        &format!("{base}/clusters/{cluster_id}"),
                        &json!({"urls": ["http://10.9.0.7:2375"]}),
                    )
                    .await
            }
            _ => server.post(&format!("{base}/disable"), &json!({})).await,
        };
        assert_eq!(reply.status, 202, "{step}: {reply:?}");
        let events = server.get(&format!("/v1/events?after={}", reply.position() - 1)).await;
        let time = events.json()["items"][0]["recorded_at"].as_str().unwrap().to_owned();
        for path in &paths {
            let shown = server.get(&format!("{path}?at_least={}", reply.position())).await;
            assert_eq!(shown.status, 200, "{shown:?}");
            then.push((path, reply.position(), time.clone(), shown));
        }
    }
    for (path, position, time, then) in then {
        for moment in [position.to_string(), time] {
            let past = server.get(&format!("{path}?as_of={moment}")).await;
            assert_eq!(past.json(), then.json(), "{path} as of {moment}");
            assert_eq!(past.header("etag"), then.header("etag"), "{path}");
            assert_eq!(past.position(), position, "{path} as of {moment}");
        }
    }
}

#[tokio::test]
async fn what_was_not_there_yet_or_is_to_come_is_not_shown() {
    let server = Server::start(Database::create().await.options()).await;
    server.provider("First").await;
    let id = server.provider("Paris").await;
    let base = format!("/v1/providers/{id}");
    let node = server.node(&id).await;
    for (path, moment, problem) in [
        (base.clone(), "2", "provider-not-found"),
        (base.clone(), "0", "provider-not-found"),
        (base.clone(), "2001-01-01T00:00:00Z", "provider-not-found"),
        (format!("{base}/nodes/{node}"), "4", "node-not-found"),
        (format!("{base}/clusters/{}", uuid::Uuid::now_v7()), "4", "cluster-not-found"),
        (format!("/v1/organizations/{}", uuid::Uuid::now_v7()), "4", "organization-not-found"),
    ] {
        let reply = server.get(&format!("{path}?as_of={moment}")).await;
        assert_eq!((reply.status, reply.problem().as_str()), (404, problem), "{path} {moment}");
    }
    let elsewhere = server.provider("Lyon").await;
    let other = server.get(&format!("/v1/providers/{elsewhere}/nodes/{node}?as_of=7")).await;
    assert_eq!(other.problem(), "node-not-found", "a node of another provider");
    for wrong in ["", "-1", "now", "2026-03-01", "3&at_least=3"] {
        let reply = server.get(&format!("{base}?as_of={wrong}")).await;
        assert_eq!((reply.status, reply.problem().as_str()), (400, "malformed-parameter"));
        assert_eq!(reply.errors()[0].0, "as_of", "{wrong}");
    }
    for never in ["1000", "9999-01-01T00:00:00Z"] {
        let never = server.get(&format!("{base}?as_of={never}")).await;
        assert_eq!((never.status, never.problem().as_str()), (409, "not-yet-recorded"));
        assert_eq!(never.errors()[0].0, "as_of");
    }
    assert_eq!(server.get(&format!("{base}?as_of=3")).await.json()["clusters"], json!([]));
}

#[tokio::test]
async fn two_moments_are_compared() {
    let server = Server::start(Database::create().await.options()).await;
    let (id, node) = story(&server).await;
    let path = format!("/v1/providers/{id}/history/diff");
    let head = server.head().await;
    let labelled = server.get(&format!("/v1/providers/{id}/history?type=NodeLabeled")).await;
    let first = labelled.json()["items"][1]["position"].as_i64().unwrap();
    let diff = server.get(&format!("{path}?from={first}&to={}", first + 4)).await;
    assert_eq!(diff.status, 200, "{diff:?}");
    let diff = diff.json();
    assert_eq!((&diff["from"], &diff["to"]), (&json!(first), &json!(first + 4)));
    assert_eq!((&diff["events"], &diff["complete"]), (&json!(4), &json!(true)));
    let types = json!({"DrainStarted": 1, "NodeLabelRemoved": 1, "NodeLabeled": 1,
        "ProviderDetailsChanged": 1});
    assert_eq!(diff["types"], types);
    let subjects = diff["subjects"].as_array().unwrap();
    let of = |kind: &str| subjects.iter().find(|one| one["kind"] == kind).unwrap();
    assert_eq!((&of("node")["id"], subjects.len()), (&json!(node), 2));
    let name = json!({"field": "/name", "before": "Paris", "after": "Lyon"});
    assert!(of("provider")["changes"].as_array().unwrap().contains(&name));
    let gone = json!({"field": "/owned_labels/zone/value", "before": "a", "after": null});
    assert!(of("node")["changes"].as_array().unwrap().contains(&gone), "{subjects:?}");

    // From before the beginning until now, by times and by positions, is the same.
    let whole = server.get(&format!("{path}?from=0")).await.json();
    assert_eq!(whole["to"], json!(head));
    let times = server.get(&format!("{path}?from=2001-01-01T00:00:00Z&to={head}")).await.json();
    assert_eq!(times, whole);
    let none = server.get(&format!("{path}?from={head}&to={head}")).await.json();
    assert_eq!((&none["subjects"], &none["events"]), (&json!([]), &json!(0)));
}

#[tokio::test]
async fn two_moments_that_cannot_be_compared_are_refused() {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Paris").await;
    let path = format!("/v1/providers/{id}/history/diff");
    for (query, field, rule) in [
        ("", "from", "missing"),
        ("to=1", "from", "missing"),
        ("from=2&to=1", "from", "order"),
        ("from=x", "from", "moment"),
        ("from=1&to=x", "to", "moment"),
        ("from=1&limit=7", "limit", "unknown"),
    ] {
        let reply = server.get(&format!("{path}?{query}")).await;
        assert_eq!((reply.status, reply.problem().as_str()), (400, "malformed-parameter"));
        assert_eq!(reply.errors(), [(field.to_owned(), rule.to_owned())], "{query}");
    }
    for (query, field, rule) in [
        ("from=1&to=9999-01-01T00:00:00Z", "to", "future"),
        ("from=9999-01-01T00:00:00Z", "from", "future"),
        ("from=1&to=1000", "to", "position"),
    ] {
        let reply = server.get(&format!("{path}?{query}")).await;
        assert_eq!((reply.status, reply.problem().as_str()), (409, "not-yet-recorded"));
        assert_eq!(reply.errors(), [(field.to_owned(), rule.to_owned())], "{query}");
    }
    let nobody = uuid::Uuid::now_v7();
    let none = server.get(&format!("/v1/providers/{nobody}/history/diff?from=0")).await;
    assert_eq!((none.status, none.problem().as_str()), (404, "provider-not-found"));
}
