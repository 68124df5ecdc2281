//! The log through the API: exact bytes, so that anybody can check them.

use super::server::{Server, cluster};
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use sha2::{Digest, Sha256};
use tests::harness::Database;

/// An event as a stranger reads it, who knows nothing of Berth's types.
#[derive(Deserialize)]
struct Event<'a> {
    position: i64,
    id: &'a str,
    stream: &'a str,
    version: i64,
    r#type: &'a str,
    schema_version: i64,
    #[serde(borrow)]
    data: &'a RawValue,
    #[serde(borrow)]
    metadata: &'a RawValue,
    #[serde(borrow)]
    tags: &'a RawValue,
    recorded_at: &'a str,
    leaf_hash: &'a str,
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    items: Vec<Event<'a>>,
    next_cursor: Option<String>,
}

impl Event<'_> {
    /// SHA-256(0x00 ‖ canonical JSON of all fields but this one), put together by hand.
    fn leaf(&self) -> String {
        let whole = format!(
            "{{\"data\":{},\"id\":\"{}\",\"metadata\":{},\"position\":{},\"recorded_at\":\"{}\",\
             \"schema_version\":{},\"stream\":\"{}\",\"tags\":{},\"type\":\"{}\",\"version\":{}}}",
            self.data.get(),
            self.id,
            self.metadata.get(),
            self.position,
            self.recorded_at,
            self.schema_version,
            self.stream,
            self.tags.get(),
            self.r#type,
            self.version
        );
        let digest = Sha256::new().chain_update([0]).chain_update(whole).finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[tokio::test]
async fn every_leaf_hash_is_recomputed_from_the_bytes_of_the_answer() {
    let server = Server::start(Database::create().await.options()).await;
    let name = "Zürich \"quoted\" \\ / \u{1f40b} \u{e000}";
    let id = server.provider(name).await;
    let node = server.node(&id).await;
    let label = format!("/v1/providers/{id}/nodes/{node}/labels/zone");
    server.put(&label, &json!({"value": "a"})).await;
    let (mut cursor, mut seen) = (String::new(), 0);
    loop {
        let page = server.get(&format!("/v1/events?limit=2{cursor}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        let page: Page<'_> = serde_json::from_str(&page.text).unwrap();
        for event in &page.items {
            seen += 1;
            assert_eq!(event.position, seen);
            assert_eq!(event.leaf_hash, event.leaf(), "{}", event.r#type);
        }
        let Some(next) = page.next_cursor else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, 5);
    let rest = server.get("/v1/events?after=4").await.json();
    assert_eq!(rest["items"][0]["type"], "NodeLabeled");
    assert_eq!(rest["next_cursor"], json!(null));
}

#[tokio::test]
async fn a_history_is_newest_first_filtered_and_goes_on_where_it_stopped() {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Paris").await;
    server.provider("Lyon").await;
    let node = server.node(&id).await;
    let label = format!("/v1/providers/{id}/nodes/{node}/labels/zone");
    server.put(&label, &json!({"value": "a"})).await;
    let organization =
        server.post("/v1/organizations", &json!({"name": "ACME"})).await.text_of("id");
    let path = format!("/v1/organizations/{organization}/providers/{id}");
    server.put(&path, &json!({})).await;

    let path = format!("/v1/providers/{id}/history");
    let types = async |query: &str| -> Vec<String> {
        let page = server.get(&format!("{path}?{query}")).await.json();
        let items = page["items"].as_array().unwrap().clone();
        items.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    };
    let all = [
        "OrgAssociated",
        "NodeLabeled",
        "NodeDiscovered",
        "ProviderEnabled",
        "ClusterAdded",
        "ProviderCreated",
    ];
    assert_eq!(types("").await, all);
    assert_eq!(types("type=NodeLabeled,ClusterAdded").await, ["NodeLabeled", "ClusterAdded"]);
    let me = server.get("/v1/me").await.text_of("id");
    assert_eq!(types(&format!("actor={me}&type=NodeDiscovered")).await, Vec::<String>::new());
    assert_eq!(types(&format!("actor={me}")).await.len(), 5);
    let page = server.get(&format!("{path}?limit=4")).await.json();
    let third = page["items"][2]["recorded_at"].as_str().unwrap();
    assert_eq!(types(&format!("since={third}")).await, all[..3]);
    assert_eq!(types(&format!("until={third}")).await, all[3..]);

    let next = page["next_cursor"].as_str().unwrap();
    let rest = server.get(&format!("{path}?limit=4&cursor={next}")).await.json();
    assert_eq!(rest["items"][0]["type"], all[4]);
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next_cursor"]), (2, &json!(null)));
    let elsewhere = server.get(&format!("{path}?type=NodeLabeled&cursor={next}")).await;
    assert_eq!(elsewhere.problem(), "malformed-parameter");
    let nobody = uuid::Uuid::now_v7();
    let none = server.get(&format!("/v1/providers/{nobody}/history")).await;
    assert_eq!((none.status, none.problem().as_str()), (404, "provider-not-found"));
}

#[tokio::test]
async fn a_position_that_nobody_recorded_is_refused_and_the_newest_one_is_told() {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Paris").await;
    for path in ["/v1/events", "/v1/providers", &format!("/v1/providers/{id}/history")] {
        let never = server.get(&format!("{path}?at_least=1000")).await;
        assert_eq!((never.status, never.problem().as_str()), (409, "not-yet-recorded"), "{path}");
        assert_eq!(never.errors(), [("at_least".to_owned(), "position".to_owned())]);
        assert!(never.text.contains("whose newest is 2"), "{never:?}");
    }
    let second = cluster(2);
    let added = server.post(&format!("/v1/providers/{id}/clusters"), &second).await;
    let page = server.get(&format!("/v1/events?after=2&at_least={}", added.position())).await;
    assert_eq!(page.json()["items"][0]["type"], "ClusterAdded");
}
