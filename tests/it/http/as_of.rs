//! A provider as it was, among ten thousand events that touched it.

use super::server::Server;
use domain::{Position, node::Node, node_observation::NodeObservation, provider::Provider};
use serde_json::{Value, json};
use tests::harness::{Busy, Database};

const EVENTS: usize = 10_000;

/// Positions at the beginning, in the middle and at the end, where each kind of event was the last.
fn moments(busy: &Busy) -> Vec<Position> {
    let last = i64::try_from(busy.chronicle.len()).unwrap();
    let first = 4 + i64::try_from(busy.nodes.len()).unwrap();
    let around = |at: i64| (at - 4..=at).map(Position);
    around(first).chain(around(last / 2)).chain(around(last)).collect()
}

async fn recorded(busy: &mut Busy) -> Server {
    let database = Database::create().await;
    busy.chronicle.record(&database.log()).await;
    let server = Server::start(database.options()).await;
    let head = i64::try_from(busy.chronicle.len()).unwrap();
    assert_eq!(server.head().await, head);
    server
}

/// What is beside the log has no past, and a test of a connection is itself a record of one.
const WITHOUT_PAST: [&str; 4] = [
    "/v1/connectivity-tests/{id}",
    "/v1/principals/{id}",
    "/problems/{code}",
    "/schemas/events/{type}/{version}",
];

#[test]
fn every_profile_can_be_asked_for_as_it_was() {
    let document: Value = serde_json::from_str(api::openapi::COMMITTED).unwrap();
    let is_named = |path: &str| {
        let parameters = document["paths"][path]["get"]["parameters"].as_array().unwrap();
        parameters.iter().any(|parameter| parameter["name"] == "as_of")
    };
    let profiles = api::routes::TABLE
        .iter()
        .filter(|entry| entry.method == "GET" && entry.path.ends_with('}'))
        .filter(|entry| !WITHOUT_PAST.contains(&entry.path));
    let left: Vec<_> = profiles.map(|entry| entry.path).filter(|path| !is_named(path)).collect();
    assert!(left.is_empty(), "these are shown as they are now alone: {left:#?}");
}

#[tokio::test]
async fn a_provider_is_shown_as_a_fold_says_at_the_first_the_middle_and_the_newest_event() {
    let mut busy = Busy::spread(EVENTS);
    let server = recorded(&mut busy).await;
    let base = format!("/v1/providers/{}", busy.provider);
    for moment in moments(&busy) {
        let (provider, version) = busy.chronicle.fold::<Provider>(busy.provider, moment);
        let provider = provider.present().unwrap();
        let shown = server.get(&format!("{base}?as_of={}", moment.0)).await;
        assert_eq!((shown.status, shown.position()), (200, moment.0), "{shown:?}");
        let shown = shown.json();
        assert_eq!(shown["version"], json!(version.0), "as of {moment:?}");
        assert_eq!(shown["comments"], json!(provider.comments), "as of {moment:?}");
        assert_eq!(shown["state"], json!(if provider.enabled { "enabled" } else { "disabled" }));
        assert_eq!(shown["clusters"].as_array().unwrap().len(), provider.clusters.len());
        let is_associated = busy.is_associated(moment);
        assert_eq!(shown["organization_count"], json!(i64::from(is_associated)), "{moment:?}");
        assert_eq!(shown["stale"], json!(false));

        let cluster = provider.clusters.keys().next().unwrap();
        let clusters = server.get(&format!("{base}/clusters?as_of={}", moment.0)).await.json();
        assert_eq!(clusters["items"][0]["id"], json!(cluster.to_string()), "{clusters}");
        let path = format!("{base}/clusters/{cluster}?as_of={}", moment.0);
        assert_eq!(server.get(&path).await.json(), clusters["items"][0]);
        let path = format!("{base}/failover-policy?as_of={}", moment.0);
        assert_eq!(server.get(&path).await.json(), shown["failover_policy"]);
    }
}

#[tokio::test]
async fn a_node_among_ten_thousand_events_is_shown_as_a_fold_says() {
    let mut busy = Busy::spread(EVENTS);
    let server = recorded(&mut busy).await;
    for moment in moments(&busy) {
        for id in [busy.nodes[0], busy.nodes[9]] {
            let path = format!("/v1/providers/{}/nodes/{id}?as_of={}", busy.provider, moment.0);
            let shown = server.get(&path).await;
            let (seen, _) = busy.chronicle.fold::<NodeObservation>(id, moment);
            let (node, version) = busy.chronicle.fold::<Node>(id, moment);
            let Ok(seen) = seen.seen() else {
                assert_eq!(shown.problem(), "node-not-found", "as of {moment:?}");
                continue;
            };
            let shown = shown.json();
            assert_eq!(shown["version"], json!(version.0), "as of {moment:?}: {shown}");
            assert_eq!(shown["address"], json!(seen.facts.address), "as of {moment:?}");
            let labels: serde_json::Map<String, Value> = node
                .set_labels()
                .map(|(key, value)| (key.to_string(), json!(value.to_string())))
                .collect();
            let owned = shown["owned_labels"].as_object().unwrap();
            let owned = owned.iter().map(|(key, label)| (key.clone(), label["value"].clone()));
            assert_eq!(owned.collect::<serde_json::Map<_, _>>(), labels, "as of {moment:?}");
        }
    }
}

#[tokio::test]
async fn the_history_of_ten_thousand_events_has_each_once_newest_first() {
    let mut busy = Busy::spread(EVENTS);
    let server = recorded(&mut busy).await;
    let path = format!("/v1/providers/{}/history", busy.provider);
    let newest = i64::try_from(busy.chronicle.len()).unwrap();
    let page = server.get(&format!("{path}?limit=200")).await.json();
    let items = page["items"].as_array().unwrap();
    let told: Vec<i64> = items.iter().map(|item| item["position"].as_i64().unwrap()).collect();
    assert_eq!(told, ((newest - 199)..=newest).rev().collect::<Vec<_>>());
    let middle = newest / 2;
    let diff = server.get(&format!("{path}/diff?from={middle}&to={newest}")).await;
    assert_eq!(diff.status, 200, "{diff:?}");
    let diff = diff.json();
    assert_eq!((&diff["events"], &diff["complete"]), (&json!(newest - middle), &json!(true)));
    let comments = |at: i64| {
        let (provider, _) = busy.chronicle.fold::<Provider>(busy.provider, Position(at));
        provider.present().unwrap().comments.clone()
    };
    let subjects = diff["subjects"].as_array().unwrap();
    let of = subjects.iter().find(|one| one["kind"] == "provider").unwrap();
    let change = json!({
        "field": "/comments", "before": comments(middle), "after": comments(newest),
    });
    assert!(of["changes"].as_array().unwrap().contains(&change), "{of}");
    assert_eq!(subjects.len(), 1 + busy.nodes.len(), "the provider and each node");
}
