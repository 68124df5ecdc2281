//! The list of providers: what each entry shows, and how it is filtered and searched.

use super::server::{Server, cluster, provider};
use serde_json::{Value, json};
use tests::harness::Database;

fn each(page: &Value, member: &str) -> Vec<String> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| item[member].as_str().unwrap().to_owned()).collect()
}

/// Three providers: with one, two and no clusters.
async fn three(server: &Server) -> i64 {
    let mut paris = provider("Paris");
    (paris["deployment_mode"], paris["comments"]) = (json!("single"), json!("near the Seine"));
    let mut lyon = provider("Lyon");
    lyon["clusters"] = json!([cluster(1), {"name": "Rhône", "url": "http://10.9.0.2:2375"}]);
    let mut nice = provider("Nice");
    (nice["deployment_mode"], nice["clusters"]) = (json!("active_active"), json!([]));
    nice["visibility"] = json!("private");
    let mut position = 0;
    for body in [paris, lyon, nice] {
        let made = server.post("/v1/providers", &body).await;
        assert_eq!(made.status, 201, "{made:?}");
        position = made.position();
    }
    position
}

#[tokio::test]
async fn an_entry_shows_what_an_administrator_looks_for() {
    let server = Server::start(Database::create().await.options()).await;
    let position = three(&server).await;
    let page = server.get(&format!("/v1/providers?at_least={position}")).await.json();
    assert_eq!(each(&page, "name"), ["Lyon", "Nice", "Paris"]);
    let [lyon, nice, paris] = page["items"].as_array().unwrap().as_slice() else { panic!() };
    let shown = |one: &Value, member: &str| one[member].clone();
    for (one, count, multi, health) in [
        (lyon, 2, true, json!({"unknown": 2})),
        (nice, 0, false, json!({})),
        (paris, 1, false, json!({"unknown": 1})),
    ] {
        assert_eq!(shown(one, "cluster_count"), count);
        assert_eq!(shown(one, "multi_cluster"), multi);
        assert_eq!(shown(one, "cluster_health"), health);
        assert_eq!(shown(one, "last_test"), Value::Null);
        assert_eq!(shown(one, "state"), "disabled");
        assert_eq!(shown(one, "kind"), "swarm");
    }
    assert_eq!(
        (shown(nice, "visibility"), shown(paris, "visibility")),
        (json!("private"), json!("public"))
    );
    assert_eq!(shown(nice, "deployment_mode"), "active_active");
}

#[tokio::test]
async fn providers_are_filtered_and_searched() {
    let server = Server::start(Database::create().await.options()).await;
    let position = three(&server).await;
    for (filter, names) in [
        ("multi_cluster=true", vec!["Lyon"]),
        ("multi_cluster=false", vec!["Nice", "Paris"]),
        ("deployment_mode=single", vec!["Paris"]),
        ("deployment_mode=active_active&visibility=private", vec!["Nice"]),
        ("deployment_mode=active_active&visibility=public", vec![]),
        ("search=sEINE", vec!["Paris"]),
        ("search=RHO%CC%82NE", vec!["Lyon"]),
        ("search=c1", vec!["Lyon", "Paris"]),
        ("search=i&sort=-name", vec!["Paris", "Nice"]),
        ("search=seine&name=lyon", vec![]),
        ("search=%25", vec![]),
    ] {
        let page = server.get(&format!("/v1/providers?{filter}&at_least={position}")).await.json();
        assert_eq!(each(&page, "name"), names, "{filter}");
    }
}

/// Clusters are not shown to an organization, so a search must not tell of them either.
#[tokio::test]
async fn what_an_organization_searches_finds_no_clusters() {
    let server = Server::start(Database::create().await.options()).await;
    three(&server).await;
    let made = server.post("/v1/organizations", &json!({"name": "ACME"})).await;
    let usable = format!("/v1/organizations/{}/providers", made.text_of("id"));
    for (search, names) in [("rh%C3%B4ne", vec![]), ("c1", vec![]), ("SEINE", vec!["Paris"])] {
        let path = format!("{usable}?search={search}&at_least={}", made.position());
        assert_eq!(each(&server.get(&path).await.json(), "name"), names, "{search}");
    }
}

#[tokio::test]
async fn the_list_follows_what_changes() {
    let server = Server::start(Database::create().await.options()).await;
    three(&server).await;
    let found = server.get("/v1/providers?search=rh%C3%B4ne&at_least=6").await.json();
    let id = each(&found, "id").remove(0);
    let clusters = server.get(&format!("/v1/providers/{id}/clusters?at_least=6")).await.json();
    let second = clusters["items"][1]["id"].as_str().unwrap().to_owned();
    let removed = server.delete(&format!("/v1/providers/{id}/clusters/{second}")).await;
    assert_eq!(removed.status, 202, "{removed:?}");
    let at_least = format!("at_least={}", removed.position());
    for filter in ["multi_cluster=true", "search=rh%C3%B4ne"] {
        let page = server.get(&format!("/v1/providers?{filter}&{at_least}")).await.json();
        assert_eq!(page["items"], json!([]), "{filter}");
    }
    let change = json!({"comments": "Lugdunum", "deployment_mode": "single"});
    let changed = server.patch(&format!("/v1/providers/{id}"), &change).await;
    let at_least = format!("at_least={}", changed.position());
    let page = server
        .get(&format!("/v1/providers?search=LUGD&deployment_mode=single&{at_least}"))
        .await
        .json();
    assert_eq!(each(&page, "name"), ["Lyon"]);
}

/// Pages do not move when rows come and go between them, and a cursor is of one list only.
#[tokio::test]
async fn a_cursor_goes_on_behind_what_was_shown() {
    let server = Server::start(Database::create().await.options()).await;
    let mut ids = vec![];
    for number in 0..5 {
        ids.push(server.provider(&format!("P{number}")).await);
    }
    let first = server.get("/v1/providers?limit=2&at_least=10").await.json();
    assert_eq!(each(&first, "name"), ["P0", "P1"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    // The last one shown goes, and another comes before it.
    server.delete(&format!("/v1/providers/{}", ids[1])).await;
    let position = server.post("/v1/providers", &provider("P00")).await.position();
    let path = format!("/v1/providers?limit=2&at_least={position}");
    let second = server.get(&format!("{path}&cursor={cursor}")).await.json();
    assert_eq!(each(&second, "name"), ["P2", "P3"]);
    let other = server.get(&format!("{path}&search=p&cursor={cursor}")).await;
    assert_eq!((other.status, other.problem().as_str()), (400, "malformed-parameter"));
}
