//! Secrets that containers of a profile read as files.

use super::{
    server::Server,
    tenant::{Tenant, problem, refused},
};
use serde_json::json;
use tests::harness::Database;
use uuid::Uuid;

#[tokio::test]
async fn a_profile_mounts_secrets_of_its_provider_and_keeps_them() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let elsewhere = server.provider("Lyon").await;
    let secret = async |provider: &str, name: &str| {
        let value = format!("{:032x}", rand::random::<u128>());
        let path = format!("/v1/providers/{provider}/secrets");
        let made = server.post(&path, &json!({"name": name, "value": value})).await;
        assert_eq!(made.status, 201, "{made:?}");
        made.text_of("id")
    };
    let own = secret(&tenant.provider, "key").await;
    let of_others = secret(&elsewhere, "key").await;
    let with = |id: &str| json!([{"secret_id": id, "target": "key.pem"}]);
    let mut body = tenant.profile("web");
    let profile = tenant.defined("api").await;
    let path = tenant.path(&format!("profiles/{profile}"));
    for id in [Uuid::nil().to_string(), of_others] {
        body["secrets"] = with(&id);
        let defined = server.post(&tenant.path("profiles"), &body).await;
        assert_eq!(refused(&defined), problem(404, "secret-not-found"));
        let changed = server.patch(&path, &json!({"secrets": with(&id)})).await;
        assert_eq!(refused(&changed), problem(404, "secret-not-found"));
    }
    assert_eq!(server.patch(&path, &json!({"secrets": with(&own)})).await.status, 202);
    let shown = tenant.shown(&format!("profiles/{profile}")).await.json();
    assert_eq!(shown["secrets"], with(&own));
    let workload = tenant.requested("shop", &profile).await;
    let remove = format!("/v1/providers/{}/secrets/{own}", tenant.provider);
    let used = server.delete(&remove).await;
    assert_eq!(refused(&used), problem(409, "still-used"));
    let both = json!([format!("profile:{profile}"), format!("workload:{workload}")]);
    assert_eq!(used.json()["used_by"], both);
    assert_eq!(server.patch(&path, &json!({"secrets": []})).await.status, 202);
    let used = server.delete(&remove).await;
    assert_eq!(used.json()["used_by"], json!([format!("workload:{workload}")]), "it is pinned");
    server.post(&tenant.path(&format!("workloads/{workload}/update")), &json!({})).await;
    assert_eq!(server.delete(&remove).await.status, 202);
}
