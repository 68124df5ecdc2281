//! What happens to organizations: their names, and what they may use.

use super::server::{Server, provider};
use serde_json::{Value, json};
use tests::harness::Database;

fn each(page: &Value, member: &str) -> Vec<String> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| item[member].as_str().unwrap().to_owned()).collect()
}

async fn organization(server: &Server, name: &str) -> String {
    let made = server.post("/v1/organizations", &json!({ "name": name })).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.text_of("id")
}

#[tokio::test]
async fn an_organization_is_renamed_and_its_old_name_is_free() {
    let server = Server::start(Database::create().await.options()).await;
    let paris = server.provider("Paris").await;
    let id = organization(&server, "ACME").await;
    let other = organization(&server, "Zenith").await;
    server.put(&format!("/v1/organizations/{id}/providers/{paris}"), &json!({})).await;
    let path = format!("/v1/organizations/{id}");

    let taken = server.patch(&path, &json!({"name": "zENITH"})).await;
    assert_eq!((taken.status, taken.problem().as_str()), (409, "name-taken"));
    assert_eq!(taken.json()["taken_by"], format!("organization:{other}"));
    let renamed = server.patch(&path, &json!({"name": "Apex"})).await;
    assert_eq!((renamed.status, renamed.header("etag")), (202, "\"3\""));
    let at_least = format!("at_least={}", renamed.position());
    assert_eq!(server.get(&format!("{path}?{at_least}")).await.json()["name"], "Apex");
    let profile = server.get(&format!("/v1/providers/{paris}?{at_least}")).await.json();
    assert_eq!(profile["organizations"][0]["name"], "Apex");
    // Another spelling of its own name, and the same again.
    assert_eq!(server.patch(&path, &json!({"name": "APEX"})).await.header("etag"), "\"4\"");
    assert_eq!(server.patch(&path, &json!({"name": "APEX"})).await.header("etag"), "\"4\"");
    assert_ne!(organization(&server, "acme").await, id, "the old name is free");
    let nobody = format!("/v1/organizations/{}", uuid::Uuid::now_v7());
    let none = server.patch(&nobody, &json!({"name": "Nobody"})).await;
    assert_eq!((none.status, none.problem().as_str()), (404, "organization-not-found"));
}

#[tokio::test]
async fn of_many_that_want_one_name_exactly_one_gets_it() {
    let server = Server::start(Database::create().await.options()).await;
    let mut ids = vec![];
    for number in 0..8 {
        ids.push(organization(&server, &format!("Tenant {number}")).await);
    }
    let name = json!({"name": "Apex"});
    let paths: Vec<String> = ids.iter().map(|id| format!("/v1/organizations/{id}")).collect();
    let replies =
        futures::future::join_all(paths.iter().map(|path| server.patch(path, &name))).await;
    let won = replies.iter().filter(|reply| reply.status == 202).count();
    let lost = replies.iter().filter(|reply| reply.status == 409).count();
    assert_eq!((won, lost), (1, 7), "{replies:?}");
}

#[tokio::test]
async fn an_organization_pages_through_what_it_may_use() {
    let server = Server::start(Database::create().await.options()).await;
    let id = organization(&server, "ACME").await;
    let (mut seen, mut position) = (vec![], 0);
    for number in 0..9 {
        let mut body = provider(&format!("P{number}"));
        let is_private = number % 3 != 0;
        if is_private {
            body["visibility"] = json!("private");
        }
        let made = server.post("/v1/providers", &body).await;
        position = made.position();
        if number % 3 == 1 {
            let path = format!("/v1/organizations/{id}/providers/{}", made.text_of("id"));
            position = server.put(&path, &json!({})).await.position();
        }
        if number % 3 != 2 {
            seen.push(format!("P{number}"));
        }
    }
    let first = format!("/v1/organizations/{id}/providers?limit=2&at_least={position}");
    let (mut names, mut path) = (vec![], first.clone());
    loop {
        let page = server.get(&path).await.json();
        names.extend(each(&page, "name"));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{first}&cursor={cursor}");
    }
    assert_eq!(names, seen);
    let choice = server.get(&format!("/v1/providers?associable_to={id}&at_least={position}")).await;
    assert_eq!(each(&choice.json(), "name"), ["P2", "P5", "P8"]);
    let other = format!("/v1/organizations/{}/providers", uuid::Uuid::now_v7());
    assert_eq!(server.get(&other).await.problem(), "organization-not-found");
}
