//! What clients read, and that they read their own writes.

use super::server::{Server, cluster, provider};
use serde_json::{Value, json};
use tests::harness::{Database, eventually};

/// One member of every entry of a page.
fn each(page: &Value, member: &str) -> Vec<Value> {
    page["items"].as_array().unwrap().iter().map(|item| item[member].clone()).collect()
}

#[tokio::test]
async fn the_address_of_what_was_made_shows_it_at_once() {
    let server = Server::start(Database::create().await.options()).await;
    let mut body = provider("Paris");
    body["clusters"] = json!([cluster(1), cluster(2)]);
    let made = server.post("/v1/providers", &body).await;
    let shown = server.get(made.header("location")).await;
    assert_eq!((shown.status, shown.header("etag")), (200, "\"3\""), "{shown:?}");
    assert!(shown.position() >= made.position());
    let shown = shown.json();
    assert_eq!(shown["id"], made.json()["id"]);
    assert_eq!((&shown["name"], &shown["state"]), (&json!("Paris"), &json!("disabled")));
    let clusters = shown["clusters"].as_array().unwrap();
    let short: Vec<_> = clusters.iter().map(|c| (&c["name"], &c["rank"], &c["role"])).collect();
    assert_eq!(short[0], (&json!("c1"), &json!(1), &json!("primary")));
    assert_eq!(short[1], (&json!("c2"), &json!(2), &json!("standby")));
    assert_eq!((&clusters[0]["health"], &shown["stale"]), (&json!("unknown"), &json!(false)));

    let id = made.text_of("id");
    let added = server.post(&format!("/v1/providers/{id}/clusters"), &cluster(3)).await;
    let shown = server.get(added.header("location")).await;
    assert_eq!(shown.text_of("url"), "http://10.9.0.3:2375");
    let all = server.get(&format!("/v1/providers/{id}/clusters")).await.json();
    assert_eq!(each(&all, "name"), ["c1", "c2", "c3"]);
    let made = server.post("/v1/organizations", &json!({"name": "ACME"})).await;
    assert_eq!(server.get(made.header("location")).await.text_of("name"), "ACME");
}

#[tokio::test]
async fn the_version_that_was_read_is_the_one_to_send_back() {
    let server = Server::start(Database::create().await.options()).await;
    let made = server.post("/v1/providers", &provider("Paris")).await;
    let shown = server.get(made.header("location")).await;
    let path = format!("/v1/providers/{}", made.text_of("id"));
    let change = server.request(reqwest::Method::PATCH, &path);
    let change = change.header("If-Match", shown.header("etag")).json(&json!({"name": "Lyon"}));
    assert_eq!(change.send().await.unwrap().status(), 202);
}

#[tokio::test]
async fn nodes_are_listed_filtered_and_shown() {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Paris").await;
    let node = server.node(&id).await.to_string();
    let path = format!("/v1/providers/{id}/nodes");
    let labelled = server.put(&format!("{path}/{node}/labels/zone"), &json!({"value": "a"})).await;
    let at_least = format!("at_least={}", labelled.position());
    let shown = server.get(&format!("{path}/{node}?{at_least}")).await;
    assert_eq!(shown.header("etag"), "\"1\"");
    let shown = shown.json();
    assert_eq!((&shown["name"], &shown["availability"]), (&json!("swarm-1"), &json!("active")));
    assert_eq!(shown["labels"], json!({"rack": "1"}), "the cluster has not followed yet");
    let wanted = json!({"value": "a", "since": 1, "applied": false});
    assert_eq!(shown["owned_labels"]["zone"], wanted);
    for (filter, found) in [
        ("", 1),
        ("label=rack%3D1", 1),
        ("label=rack", 1),
        ("label=rack%3D2", 0),
        ("state=ready&availability=active&name=SWARM", 1),
        ("state=down", 0),
    ] {
        let page = server.get(&format!("{path}?{filter}")).await.json();
        assert_eq!(each(&page, "id").len(), found, "{filter}");
    }
    let elsewhere = server.provider("Lyon").await;
    let nothing = server.get(&format!("/v1/providers/{elsewhere}/nodes/{node}")).await;
    assert_eq!((nothing.status, nothing.problem().as_str()), (404, "node-not-found"));
    let nobody = uuid::Uuid::now_v7();
    let nothing = server.get(&format!("/v1/providers/{nobody}/nodes")).await;
    assert_eq!((nothing.status, nothing.problem().as_str()), (404, "provider-not-found"));
}

#[tokio::test]
async fn a_list_goes_on_page_by_page_in_its_order() {
    let server = Server::start(Database::create().await.options()).await;
    let names = ["Paris", "lyon", "Ärzte", "Nice", "brest"];
    let mut last = 0;
    for name in names {
        last = server.post("/v1/organizations", &json!({ "name": name })).await.position();
    }
    let (mut seen, mut cursor) = (vec![], String::new());
    loop {
        let path = format!("/v1/organizations?sort=-name&limit=2&at_least={last}{cursor}");
        let page = server.get(&path).await;
        assert_eq!(page.status, 200, "{page:?}");
        let page = page.json();
        seen.extend(each(&page, "name"));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ["Ärzte", "Paris", "Nice", "lyon", "brest"]);
    let other = server.get(&format!("/v1/organizations?sort=name{cursor}")).await;
    assert_eq!(other.problem(), "malformed-parameter", "a cursor of another order");
    let other = server.get(&format!("/v1/organizations?sort=-name&name=x{cursor}")).await;
    assert_eq!(other.problem(), "malformed-parameter", "a cursor of other filters");
    let found = server.get("/v1/organizations?name=RI").await.json();
    assert_eq!(each(&found, "name"), ["Paris"]);
}

#[tokio::test]
async fn an_organization_sees_public_providers_and_its_own_private_ones() {
    let server = Server::start(Database::create().await.options()).await;
    let open = server.provider("Open").await;
    let mut private = provider("Private");
    (private["visibility"], private["clusters"]) = (json!("private"), json!([]));
    let private = server.post("/v1/providers", &private).await.text_of("id");
    let made = server.post("/v1/organizations", &json!({"name": "ACME"})).await;
    let organization = made.text_of("id");
    let usable = format!("/v1/organizations/{organization}/providers");
    let choice = format!("/v1/providers?associable_to={organization}");
    let list = async |path: &str, position: i64| {
        let join = if path.contains('?') { '&' } else { '?' };
        each(&server.get(&format!("{path}{join}at_least={position}")).await.json(), "id")
    };
    assert_eq!(list(&usable, made.position()).await, [&*open]);
    assert_eq!(list(&choice, made.position()).await, [&*private]);
    let associate = format!("{usable}/{private}");
    let position = server.put(&associate, &json!({})).await.position();
    assert_eq!(list(&usable, position).await, [open.clone(), private.clone()]);
    assert_eq!(list(&choice, position).await, Vec::<Value>::new());
    let shown = server.get(&format!("/v1/providers/{private}?at_least={position}")).await.json();
    assert_eq!(shown["organizations"][0]["name"], "ACME");
    let position = server.delete(&associate).await.position();
    assert_eq!(list(&usable, position).await, [open]);
    let nobody = uuid::Uuid::now_v7();
    let nothing = server.get(&format!("/v1/organizations/{nobody}/providers")).await;
    assert_eq!((nothing.status, nothing.problem().as_str()), (404, "organization-not-found"));
}

#[tokio::test]
async fn providers_are_filtered() {
    let server = Server::start(Database::create().await.options()).await;
    let paris = server.provider("Paris").await;
    server.provider("Lyon").await;
    let enabled = server.post(&format!("/v1/providers/{paris}/enable"), &json!({})).await;
    let at_least = format!("at_least={}", enabled.position());
    for (filter, names) in [
        ("", vec!["Lyon", "Paris"]),
        ("sort=created_at", vec!["Paris", "Lyon"]),
        ("state=enabled", vec!["Paris"]),
        ("state=disabled&kind=swarm&visibility=public", vec!["Lyon"]),
        ("kind=kubernetes", vec![]),
        ("name=YO", vec!["Lyon"]),
    ] {
        let page = server.get(&format!("/v1/providers?{filter}&{at_least}")).await.json();
        assert_eq!(each(&page, "name"), names, "{filter}");
        assert_eq!(page["next_cursor"], json!(null));
    }
}

#[tokio::test]
async fn a_read_model_that_lags_is_waited_for_within_bounds() {
    let database = Database::create().await;
    let server = Server::start(database.options()).await;
    let mut slow = database.owner_pool().begin().await.unwrap();
    let lock = "LOCK TABLE rm_provider_list.checkpoint IN EXCLUSIVE MODE";
    sqlx::query(lock).execute(&mut *slow).await.unwrap();
    let made = server.post("/v1/providers", &provider("Paris")).await;
    let path = format!("/v1/providers?at_least={}", made.position());
    let behind = server.get(&path).await;
    assert_eq!((behind.status, behind.problem().as_str()), (503, "behind"));
    assert!(!behind.header("retry-after").is_empty());
    slow.rollback().await.unwrap();
    eventually("it has caught up", async || (server.get(&path).await.status == 200).then_some(()))
        .await;
}
