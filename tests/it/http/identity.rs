//! Which real cluster a registered one has, over HTTP. How it is met is told in `tests/clusters`;
//! here the story plays the worker.

use super::server::{Server, provider};
use commands::cluster::identify::IdentifyCluster;
use domain::ids::{ClusterId, ProviderId};
use serde_json::{Value, json};
use tests::harness::Database;

/// A provider with one cluster, and the ids of both.
async fn registered(server: &Server, name: &str) -> (String, String) {
    let id = server.post("/v1/providers", &provider(name)).await.text_of("id");
    let cluster = shown(server, &id).await["id"].as_str().unwrap().to_owned();
    (id, cluster)
}

async fn shown(server: &Server, provider: &str) -> Value {
    let head = server.head().await;
    let path = format!("/v1/providers/{provider}?at_least={head}");
    server.get(&path).await.json()["clusters"][0].clone()
}

async fn meet(server: &Server, (provider, cluster): &(String, String), native_id: &str) {
    let (id, provider) = (cluster.parse::<ClusterId>(), provider.parse::<ProviderId>());
    let native_id = native_id.to_owned();
    let verb = IdentifyCluster { id: id.unwrap(), provider: provider.unwrap(), native_id };
    server.writer.handle(&verb, &crate::story::request()).await.unwrap();
}

#[tokio::test]
async fn a_cluster_that_is_anothers_keeps_its_provider_disabled() {
    let server = Server::start(Database::create().await.options()).await;
    let (first, second) = (registered(&server, "Paris").await, registered(&server, "Lyon").await);
    let it = shown(&server, &first.0).await;
    assert_eq!((&it["native_id"], &it["duplicate_of"]), (&Value::Null, &Value::Null));
    meet(&server, &first, "zk3").await;
    meet(&server, &second, "zk3").await;
    assert_eq!(shown(&server, &first.0).await["native_id"], "zk3");
    let it = shown(&server, &second.0).await;
    assert_eq!((&it["native_id"], &it["duplicate_of"]), (&Value::Null, &json!(first.1)));

    let enable = format!("/v1/providers/{}/enable", second.0);
    let refused = server.post(&enable, &json!({})).await;
    assert_eq!((refused.status, refused.problem().as_str()), (409, "cluster-rejected"));
    assert_eq!(refused.text_of("cluster_id"), second.1);
    assert_eq!(refused.text_of("duplicate_of"), first.1);

    let removed = server.delete(&format!("/v1/providers/{}", first.0)).await;
    assert_eq!(removed.status, 202, "{removed:?}");
    assert_eq!(server.post(&enable, &json!({})).await.status, 202);
    meet(&server, &second, "zk3").await;
    let it = shown(&server, &second.0).await;
    assert_eq!((&it["native_id"], &it["duplicate_of"]), (&json!("zk3"), &Value::Null));
}

/// Whoever is slow must not claim a real cluster for what is gone.
#[tokio::test]
async fn what_is_removed_claims_nothing_any_more() {
    let server = Server::start(Database::create().await.options()).await;
    let (gone, other) = (registered(&server, "Paris").await, registered(&server, "Lyon").await);
    meet(&server, &gone, "zk3").await;
    let path = format!("/v1/providers/{}/clusters/{}", gone.0, gone.1);
    assert_eq!(server.delete(&path).await.status, 202);
    meet(&server, &gone, "zk3").await;
    meet(&server, &other, "zk3").await;
    assert_eq!(shown(&server, &other.0).await["native_id"], "zk3");
}
