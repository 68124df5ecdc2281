//! Who uses a provider, and what that keeps an administrator from: every refusal names them, and
//! none is raced past.

mod races;
mod stage;

use super::server::{Reply, Server, provider};
use reqwest::Method;
use serde_json::{Value, json};
use stage::Stage;
use tests::harness::Database;

fn refused(reply: &Reply, status: u16, problem: &str) {
    assert_eq!((reply.status, reply.problem().as_str()), (status, problem), "{reply:?}");
}

/// A member of each user that a refusal names.
fn users(reply: &Reply, member: &str) -> Vec<Value> {
    let json = reply.json();
    json["users"].as_array().unwrap().iter().map(|user| user[member].clone()).collect()
}

/// The data of the newest event of a type.
async fn last(stage: &Stage, r#type: &str) -> Value {
    let path = format!("{}/history?type={type}&limit=1", stage.path());
    stage.server.get(&path).await.json()["items"][0]["data"].clone()
}

#[tokio::test]
async fn a_provider_is_disabled_under_running_workloads_by_force_alone() {
    let stage = Stage::new().await;
    let used = stage.workload().await;
    for body in [json!({}), json!({"force": false})] {
        let kept = stage.disable(&body).await;
        refused(&kept, 409, "workloads-run");
        let expected = json!([format!("workload:{used}")]);
        assert_eq!(kept.json()["used_by"], expected, "a profile does not run");
        assert_eq!(users(&kept, "kind"), ["workload"]);
        assert_eq!(users(&kept, "id"), [json!(used)]);
        let path = stage.own(&format!("workloads/{used}?at_least={}", stage.server.head().await));
        assert_eq!(users(&kept, "name"), [stage.server.get(&path).await.json()["name"].clone()]);
        assert_eq!(users(&kept, "organization_id"), [json!(stage.organization)]);
        assert_eq!(kept.json()["user_count"], 1);
    }
    let forced = stage.disable(&json!({"force": true})).await;
    assert_eq!(forced.status, 202, "{forced:?}");
    let shown = stage.server.get(&format!("{}?at_least={}", stage.path(), forced.position())).await;
    assert_eq!(shown.json()["state"], "disabled");
    assert_eq!(last(&stage, "ProviderDisabled").await, json!({"forced": true}));
    // Disabled already: nothing is asked any more.
    assert_eq!(stage.disable(&json!({})).await.status, 202);
}

#[tokio::test]
async fn a_provider_is_disabled_once_its_workloads_are_stopped() {
    let stage = Stage::new().await;
    let workload = stage.workload().await;
    refused(&stage.disable(&json!({})).await, 409, "workloads-run");
    stage.stop(&workload).await;
    assert_eq!(stage.disable(&json!({})).await.status, 202);
    assert_eq!(last(&stage, "ProviderDisabled").await, json!({}));
}

#[tokio::test]
async fn a_provider_in_use_stays_until_the_last_user_is_gone() {
    let stage = Stage::new().await;
    stage.associate().await;
    let profile = stage.profile().await;
    let workload = stage.request(&profile).await.text_of("id");
    let kept = stage.server.delete(&stage.path()).await;
    refused(&kept, 409, "still-used");
    let expected = [
        format!("image:{}", stage.image),
        format!("organization:{}", stage.organization),
        format!("profile:{profile}"),
        format!("workload:{workload}"),
    ];
    assert_eq!(kept.json()["used_by"], json!(expected));
    assert_eq!(users(&kept, "kind"), ["image", "organization", "profile", "workload"]);
    assert_eq!(users(&kept, "name")[..2], ["nginx", "ACME"]);
    assert_eq!(users(&kept, "organization_id")[1..], vec![json!(stage.organization); 3]);

    let image = format!("{}/images/{}", stage.path(), stage.image);
    for path in [
        stage.own(&format!("workloads/{workload}")),
        stage.own(&format!("profiles/{profile}")),
        image,
        stage.association(),
    ] {
        refused(&stage.server.delete(&stage.path()).await, 409, "still-used");
        stage.remove(&path).await;
    }
    stage.remove(&stage.path()).await;
}

#[tokio::test]
async fn a_cluster_with_workloads_stays() {
    let stage = Stage::new().await;
    let used = stage.workload().await;
    let head = stage.server.head().await;
    let shown = stage.server.get(&stage.own(&format!("workloads/{used}?at_least={head}"))).await;
    let cluster = format!("{}/clusters/{}", stage.path(), shown.text_of("cluster_id"));
    let kept = stage.server.delete(&cluster).await;
    refused(&kept, 409, "still-used");
    assert_eq!(users(&kept, "id"), [json!(used)]);
    // A stopped workload is still there.
    stage.stop(&used).await;
    refused(&stage.server.delete(&cluster).await, 409, "still-used");
    stage.remove(&stage.own(&format!("workloads/{used}"))).await;
    stage.remove(&cluster).await;
}

#[tokio::test]
async fn a_provider_turns_private_only_if_nobody_is_shut_out() {
    let stage = Stage::new().await;
    stage.profile().await;
    let kept = stage.set_visibility("private").await;
    refused(&kept, 409, "shut-out");
    let acme = json!([{"id": stage.organization, "name": "ACME"}]);
    assert_eq!(kept.json()["organizations"], acme);
    assert_eq!(kept.json()["organization_count"], 1);

    // All or nothing: the new name is not taken over either.
    let both = json!({"name": "Lyon", "visibility": "private"});
    refused(&stage.server.patch(&stage.path(), &both).await, 409, "shut-out");
    let before = stage.server.head().await;
    let body = json!({"name": "Lyon", "visibility": "private", "associate_users": true});
    let changed = stage.server.patch(&stage.path(), &body).await;
    assert_eq!(changed.status, 202, "{changed:?}");

    let events = stage.server.get(&format!("/v1/events?after={before}")).await.json();
    let events = events["items"].as_array().unwrap();
    let types: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["ProviderDetailsChanged", "OrgAssociated", "ProviderVisibilityChanged"]);
    let command = |event: &Value| event["metadata"]["command_id"].clone();
    assert!(events.iter().all(|event| command(event) == command(&events[0])), "one command");
    let at_least = format!("at_least={}", changed.position());
    let shown = stage.server.get(&format!("{}?{at_least}", stage.path())).await.json();
    assert_eq!(shown["organizations"], acme);
    let usable = stage.own(&format!("providers?{at_least}"));
    assert_eq!(stage.server.get(&usable).await.json()["items"][0]["id"], stage.provider);
    // Private already: the same again changes nothing. Who uses it goes on.
    assert_eq!(stage.set_visibility("private").await.header("etag"), changed.header("etag"));
    stage.workload().await;
}

#[tokio::test]
async fn an_organization_that_is_associated_is_not_shut_out() {
    let stage = Stage::new().await;
    stage.associate().await;
    stage.workload().await;
    assert_eq!(stage.set_visibility("private").await.status, 202);
    assert_eq!(stage.set_visibility("public").await.status, 202);
}

#[tokio::test]
async fn an_association_in_use_ends_by_force_alone() {
    let stage = Stage::new().await;
    stage.associate().await;
    let profile = stage.profile().await;
    // Whoever may use it anyway loses nothing.
    stage.remove(&stage.association()).await;
    stage.associate().await;
    assert_eq!(stage.set_visibility("private").await.status, 202);

    let path = stage.association();
    for query in ["", "?force=false"] {
        let kept = stage.server.delete(&format!("{path}{query}")).await;
        refused(&kept, 409, "still-used");
        assert_eq!(kept.json()["used_by"], json!([format!("profile:{profile}")]));
        assert_eq!(users(&kept, "organization_id"), [json!(stage.organization)]);
    }
    assert_eq!(last(&stage, "OrgDissociated").await.get("forced"), None);
    stage.remove(&format!("{path}?force=true")).await;
    assert_eq!(last(&stage, "OrgDissociated").await["forced"], json!(true));
    refused(&stage.define().await, 404, "provider-not-found");
}

#[tokio::test]
async fn what_another_organization_uses_keeps_nobody_associated() {
    let stage = Stage::new().await;
    stage.associate().await;
    stage.profile().await;
    assert_eq!(stage.set_visibility("private").await.status, 202);
    let zenith = stage.with_another_organization().await;
    zenith.associate().await;
    zenith.remove(&zenith.association()).await;
}

#[tokio::test]
async fn a_key_is_not_good_for_the_same_request_by_force() {
    let stage = Stage::new().await;
    stage.associate().await;
    let send = async |query: &str| {
        let path = format!("{}{query}", stage.association());
        let request = stage.server.request(Method::DELETE, &path).header("Idempotency-Key", "once");
        Reply::of(request).await
    };
    assert_eq!(send("").await.status, 202);
    assert_eq!(send("").await.status, 202);
    refused(&send("?force=true").await, 422, "idempotency-key-reused");
}

#[tokio::test]
async fn a_wrong_word_about_force_or_users_is_named() {
    let stage = Stage::new().await;
    stage.associate().await;
    let before = stage.server.head().await;
    let disable = format!("{}/disable", stage.path());
    for (method, path, body, field, rule) in [
        (Method::POST, &disable, json!({"force": "yes"}), "/force", "type"),
        (Method::POST, &disable, json!({"force": null}), "/force", "type"),
        (Method::POST, &disable, json!({"force": 1}), "/force", "type"),
        (Method::POST, &disable, json!({"forced": true}), "/forced", "unknown"),
        (
            Method::PATCH,
            &stage.path(),
            json!({"visibility": "private", "associate_users": "all"}),
            "/associate_users",
            "type",
        ),
        (
            Method::PATCH,
            &stage.path(),
            json!({"associate_users": true}),
            "/associate_users",
            "alone",
        ),
        (
            Method::PATCH,
            &stage.path(),
            json!({"visibility": "public", "associate_users": true}),
            "/associate_users",
            "alone",
        ),
    ] {
        let reply = Reply::of(stage.server.request(method, path).json(&body)).await;
        refused(&reply, 422, "invalid-fields");
        assert_eq!(reply.errors(), [(field.to_owned(), rule.to_owned())], "{body}");
    }
    for query in ["force=yes", "force=", "force=true&force=true", "forced=true"] {
        let reply = stage.server.delete(&format!("{}?{query}", stage.association())).await;
        refused(&reply, 400, "malformed-parameter");
    }
    let query = stage.server.delete(&format!("{}?force=true", stage.path())).await;
    refused(&query, 400, "malformed-parameter");
    assert_eq!(stage.server.head().await, before);
}

#[tokio::test]
async fn a_provider_that_is_private_from_the_start_needs_no_users() {
    let server = Server::start(Database::create().await.options()).await;
    let mut body = provider("Paris");
    body["visibility"] = json!("private");
    let id = server.post("/v1/providers", &body).await.text_of("id");
    let change = json!({"visibility": "private", "associate_users": true});
    let same = server.patch(&format!("/v1/providers/{id}"), &change).await;
    assert_eq!((same.status, same.header("etag")), (202, "\"2\""));
}
