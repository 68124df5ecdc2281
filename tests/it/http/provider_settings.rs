//! What an administrator sets on a provider: deployment mode, ranks and weights, failover policy;
//! and what happens when it is removed.

use super::server::{Reply, Server, cluster, provider};
use serde_json::{Value, json};
use tests::harness::Database;

/// A provider with so many clusters; its id and theirs.
async fn with_clusters(server: &Server, name: &str, count: u16) -> (String, Vec<String>) {
    let mut body = provider(name);
    body["clusters"] = (1..=count).map(cluster).collect();
    let made = server.post("/v1/providers", &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    let id = made.text_of("id");
    let shown = server.get(&format!("/v1/providers/{id}?at_least={}", made.position())).await;
    let clusters = each(&shown.json()["clusters"], "id");
    (id, clusters)
}

fn each(items: &Value, member: &str) -> Vec<String> {
    let items = items.as_array().unwrap().iter();
    items.map(|item| item[member].as_str().unwrap().to_owned()).collect()
}

/// The clusters of a provider as name, rank, weight and role, once an answer shows.
async fn clusters(server: &Server, id: &str, after: &Reply) -> Vec<(String, u64, u64, String)> {
    assert_eq!(after.status, 202, "{after:?}");
    let path = format!("/v1/providers/{id}/clusters?at_least={}", after.position());
    let page = server.get(&path).await.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let number = |value: &Value| value.as_u64().unwrap();
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|one| {
            (text(&one["name"]), number(&one["rank"]), number(&one["weight"]), text(&one["role"]))
        })
        .collect()
}

fn one(name: &str, rank: u64, weight: u64, role: &str) -> (String, u64, u64, String) {
    (name.to_owned(), rank, weight, role.to_owned())
}

#[tokio::test]
async fn the_deployment_mode_says_what_each_cluster_is_there_for() {
    let server = Server::start(Database::create().await.options()).await;
    let (id, ids) = with_clusters(&server, "Paris", 2).await;
    let path = format!("/v1/providers/{id}");
    let active = server.patch(&path, &json!({"deployment_mode": "active_active"})).await;
    let roles = [one("c1", 1, 100, "active"), one("c2", 2, 100, "active")];
    assert_eq!(clusters(&server, &id, &active).await, roles);

    let single = server.patch(&path, &json!({"deployment_mode": "single"})).await;
    assert_eq!((single.status, single.problem().as_str()), (422, "single-cluster"));
    server.delete(&format!("{path}/clusters/{}", ids[0])).await;
    let single = server.patch(&path, &json!({"deployment_mode": "single"})).await;
    assert_eq!(clusters(&server, &id, &single).await, [one("c2", 2, 100, "primary")]);
    let second = server.post(&format!("{path}/clusters"), &cluster(3)).await;
    assert_eq!((second.status, second.problem().as_str()), (422, "single-cluster"));
    let shown = server.get(&path).await.json();
    assert_eq!(shown["deployment_mode"], "single");
    // The same again is an answer and no event.
    let again = server.patch(&path, &json!({"deployment_mode": "single"})).await;
    assert_eq!((again.status, again.header("etag")), (202, single.header("etag")));
}

#[tokio::test]
async fn one_cluster_gets_another_address_and_another_rank_in_one_request() {
    let server = Server::start(Database::create().await.options()).await;
    let (id, ids) = with_clusters(&server, "Paris", 2).await;
    let path = format!("/v1/providers/{id}/clusters/{}", ids[0]);
    let body = json!({"url": "http://10.9.0.9:2375", "rank": 9, "weight": 7});
    let before = server.head().await;
    let moved = server.patch(&path, &body).await;
    let expected = [one("c2", 2, 100, "primary"), one("c1", 9, 7, "standby")];
    assert_eq!(clusters(&server, &id, &moved).await, expected);
    assert_eq!((server.head().await, moved.text_of("id")), (before + 2, ids[0].clone()));
    let shown = server.get(&path).await.json();
    assert_eq!(shown["url"], "http://10.9.0.9:2375");
    let ranked = server.patch(&path, &json!({"rank": 1})).await;
    assert_eq!(clusters(&server, &id, &ranked).await[0], one("c1", 1, 7, "primary"));
    assert_eq!(server.patch(&path, &json!({"rank": 1, "weight": 7})).await.status, 202);
    assert_eq!(server.head().await, before + 3, "the same again is no event");
    // All or nothing: the rank of another cluster takes the new address down with it.
    let taken = json!({"url": "http://10.9.0.8:2375", "rank": 2});
    let taken = server.patch(&path, &taken).await;
    assert_eq!((taken.status, taken.problem().as_str()), (409, "cluster-taken"));
    for (field, value, rule) in [
        ("rank", json!(0), "range"),
        ("rank", json!(1001), "range"),
        ("rank", json!(null), "type"),
        ("weight", json!(0), "range"),
        ("weight", json!(1001), "range"),
        ("weight", json!("1"), "type"),
    ] {
        let refused = server.patch(&path, &json!({ field: value })).await;
        assert_eq!(refused.errors(), [(format!("/{field}"), rule.to_owned())]);
    }
    assert_eq!(server.head().await, before + 3);
}

#[tokio::test]
async fn clusters_swap_ranks_in_one_request() {
    let server = Server::start(Database::create().await.options()).await;
    let (id, ids) = with_clusters(&server, "Paris", 3).await;
    let path = format!("/v1/providers/{id}/clusters");
    let swap = json!({"clusters": [
        {"id": ids[0], "rank": 2}, {"id": ids[1], "rank": 1, "weight": 7},
    ]});
    let swapped = server.patch(&path, &swap).await;
    assert_eq!(
        clusters(&server, &id, &swapped).await,
        [one("c2", 1, 7, "primary"), one("c1", 2, 100, "standby"), one("c3", 3, 100, "standby")]
    );
    let taken = server.patch(&path, &json!({"clusters": [{"id": ids[2], "rank": 1}]})).await;
    assert_eq!((taken.status, taken.problem().as_str()), (409, "cluster-taken"));
    let nobody = uuid::Uuid::now_v7();
    let none = server.patch(&path, &json!({"clusters": [{"id": nobody, "rank": 9}]})).await;
    assert_eq!((none.status, none.problem().as_str()), (404, "cluster-not-found"));

    let history = server.get(&format!("/v1/providers/{id}/history?type=ClusterRanked")).await;
    let event = &history.json()["items"][0];
    let changes = event["data"]["clusters"].as_array().unwrap();
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[1]["weight"], json!({"before": 100, "after": 7}));
    assert_eq!(event["tags"].as_array().unwrap().len(), 3, "both clusters and the provider");
}

#[tokio::test]
async fn a_cluster_becomes_the_primary_and_the_others_keep_their_order() {
    let server = Server::start(Database::create().await.options()).await;
    let (id, ids) = with_clusters(&server, "Paris", 3).await;
    let path = format!("/v1/providers/{id}/clusters");
    let made = server.patch(&path, &json!({"primary": ids[2]})).await;
    assert_eq!(
        clusters(&server, &id, &made).await,
        [one("c3", 1, 100, "primary"), one("c1", 2, 100, "standby"), one("c2", 3, 100, "standby")]
    );
    let again = server.patch(&path, &json!({"primary": ids[2]})).await;
    assert_eq!((again.status, again.header("etag")), (202, made.header("etag")));
    let mode = json!({"deployment_mode": "active_active"});
    server.patch(&format!("/v1/providers/{id}"), &mode).await;
    let none = server.patch(&path, &json!({"primary": ids[0]})).await;
    assert_eq!((none.status, none.problem().as_str()), (422, "no-primary"));
}

#[tokio::test]
async fn a_failover_policy_changes_field_by_field() {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Paris").await;
    let path = format!("/v1/providers/{id}/failover-policy");
    let first = server.get(&format!("{path}?at_least=2")).await;
    assert_eq!((first.status, first.header("etag")), (200, "\"2\""));
    let mut policy = first.json();
    assert_eq!((&policy["failover"], &policy["failback"]), (&json!("automatic"), &json!("manual")));
    assert_eq!(
        (&policy["probe_interval_ms"], &policy["probe_timeout_ms"]),
        (&json!(2000), &json!(1500))
    );

    let change = json!({"failover": "approved", "probe_interval_ms": 1500});
    let changed = server.patch(&path, &change).await;
    assert_eq!((changed.status, changed.header("etag")), (202, "\"3\""));
    (policy["failover"], policy["probe_interval_ms"]) = (json!("approved"), json!(1500));
    let at_least = format!("at_least={}", changed.position());
    assert_eq!(server.get(&format!("{path}?{at_least}")).await.json(), policy);
    let profile = server.get(&format!("/v1/providers/{id}?{at_least}")).await.json();
    assert_eq!(profile["failover_policy"], policy);

    let slow = server.patch(&path, &json!({"probe_timeout_ms": 1501})).await;
    assert_eq!((slow.status, slow.problem().as_str()), (422, "invalid-fields"));
    assert_eq!(slow.errors(), [("/probe_timeout_ms".to_owned(), "range".to_owned())]);
}

#[tokio::test]
async fn a_removed_provider_is_gone_and_its_name_is_free() {
    let server = Server::start(Database::create().await.options()).await;
    let (id, ids) = with_clusters(&server, "Paris", 2).await;
    let node = server.node(&id).await;
    let path = format!("/v1/providers/{id}");
    let removed = server.delete(&path).await;
    assert_eq!((removed.status, removed.header("etag")), (202, "\"5\""), "{removed:?}");
    let at_least = format!("at_least={}", removed.position());

    for path in [path.clone(), format!("{path}/clusters"), format!("{path}/clusters/{}", ids[0])] {
        let gone = server.get(&format!("{path}?{at_least}")).await;
        assert_eq!((gone.status, gone.problem().as_str()), (404, "provider-not-found"), "{path}");
    }
    let list = server.get(&format!("/v1/providers?{at_least}")).await.json();
    assert_eq!(list["items"], json!([]));
    let gone = server.get(&format!("{path}/nodes/{node}?{at_least}")).await;
    assert_eq!(gone.status, 404, "{gone:?}");

    // Again is an answer; anything else is refused for ever.
    assert_eq!(server.delete(&path).await.status, 202);
    for reply in [
        server.post(&format!("{path}/enable"), &json!({})).await,
        server.patch(&path, &json!({"name": "Lyon"})).await,
        server.post(&format!("{path}/clusters"), &cluster(9)).await,
        server.put(&format!("{path}/nodes/{node}/labels/zone"), &json!({"value": "a"})).await,
    ] {
        assert_eq!((reply.status, reply.problem().as_str()), (410, "removed"), "{reply:?}");
    }
    let history = server.get(&format!("{path}/history?type=ProviderRemoved")).await.json();
    assert_eq!(history["items"][0]["data"]["cluster_ids"].as_array().unwrap().len(), 2);
    assert_ne!(server.provider("pARIS").await, id, "the name is free");
    let nobody = server.delete(&format!("/v1/providers/{}", uuid::Uuid::now_v7())).await;
    assert_eq!((nobody.status, nobody.problem().as_str()), (404, "provider-not-found"));
}

#[tokio::test]
async fn a_provider_that_an_organization_is_associated_with_stays() {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Paris").await;
    let made = server.post("/v1/organizations", &json!({"name": "ACME"})).await;
    let organization = made.text_of("id");
    let associate = format!("/v1/organizations/{organization}/providers/{id}");
    assert_eq!(server.put(&associate, &json!({})).await.status, 202);
    let used = server.delete(&format!("/v1/providers/{id}")).await;
    assert_eq!((used.status, used.problem().as_str()), (409, "still-used"));
    assert_eq!(used.json()["used_by"], json!([format!("organization:{organization}")]));
    server.delete(&associate).await;
    assert_eq!(server.delete(&format!("/v1/providers/{id}")).await.status, 202);
    let gone = server.put(&associate, &json!({})).await;
    assert_eq!((gone.status, gone.problem().as_str()), (410, "removed"));
}

/// Both at once, many times: whoever is second meets the other.
#[tokio::test]
async fn a_provider_is_removed_or_associated_but_never_both() {
    let server = Server::start(Database::create().await.options()).await;
    let made = server.post("/v1/organizations", &json!({"name": "ACME"})).await;
    let organization = made.text_of("id");
    let (mut removed, mut associated) = (0, 0);
    for number in 0..24 {
        let id = server.provider(&format!("Paris {number}")).await;
        let associate = format!("/v1/organizations/{organization}/providers/{id}");
        let provider = format!("/v1/providers/{id}");
        let nothing = json!({});
        let (one, other) = if number % 2 == 0 {
            futures::future::join(server.delete(&provider), server.put(&associate, &nothing)).await
        } else {
            let both =
                futures::future::join(server.put(&associate, &nothing), server.delete(&provider));
            let (associate, remove) = both.await;
            (remove, associate)
        };
        match (one.status, other.status) {
            (202, 410) => removed += 1,
            (409, 202) => associated += 1,
            answers => panic!("{answers:?}: {one:?} {other:?}"),
        }
    }
    assert_eq!(removed + associated, 24);
}
