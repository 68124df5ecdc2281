//! Who uses a provider, and what that keeps an administrator from: every refusal names them, and
//! none is raced past.

mod races;
mod stage;

use super::server::{Reply, Server, provider};
use domain::organization;
use reqwest::Method;
use serde_json::{Value, json};
use stage::{Stage, profile, workload};
use tests::harness::Database;

fn refused(reply: &Reply, status: u16, problem: &str) {
    assert_eq!((reply.status, reply.problem().as_str()), (status, problem), "{reply:?}");
}

/// A member of each user that a refusal names.
fn users(reply: &Reply, member: &str) -> Vec<Value> {
    let json = reply.json();
    json["users"].as_array().unwrap().iter().map(|user| user[member].clone()).collect()
}

#[tokio::test]
async fn a_provider_is_disabled_under_running_workloads_by_force_alone() {
    let stage = Stage::new().await;
    stage.begin(profile()).await.unwrap();
    let used = stage.begin(workload()).await.unwrap();
    for body in [json!({}), json!({"force": false})] {
        let kept = stage.post("disable", &body).await;
        refused(&kept, 409, "workloads-run");
        assert_eq!(kept.json()["used_by"], json!([used.to_string()]), "a profile does not run");
        assert_eq!(users(&kept, "kind"), ["workload"]);
        assert_eq!(users(&kept, "id"), [json!(used.id)]);
        assert_eq!(users(&kept, "name"), [json!(used.id.to_string())]);
        assert_eq!(users(&kept, "organization_id"), [json!(stage.organization)]);
        assert_eq!(kept.json()["user_count"], 1);
    }
    let forced = stage.post("disable", &json!({"force": true})).await;
    assert_eq!(forced.status, 202, "{forced:?}");
    let shown = stage.server.get(&format!("{}?at_least={}", stage.path(), forced.position())).await;
    assert_eq!(shown.json()["state"], "disabled");
    // Disabled already: nothing is asked any more.
    assert_eq!(stage.post("disable", &json!({})).await.status, 202);
}

#[tokio::test]
async fn a_provider_in_use_stays_and_its_users_are_named() {
    let stage = Stage::new().await;
    stage.associate().await;
    let profile = stage.begin(profile()).await.unwrap();
    let workload = stage.begin(workload()).await.unwrap();
    let kept = stage.server.delete(&stage.path()).await;
    refused(&kept, 409, "still-used");
    let organization = format!("organization:{}", stage.organization);
    let expected = json!([organization, profile.to_string(), workload.to_string()]);
    assert_eq!(kept.json()["used_by"], expected);
    assert_eq!(users(&kept, "kind"), ["organization", "profile", "workload"]);
    assert_eq!(users(&kept, "name")[0], "ACME");
    assert_eq!(users(&kept, "organization_id"), vec![json!(stage.organization); 3]);
    assert_eq!(stage.server.get(&stage.path()).await.status, 200);
}

#[tokio::test]
async fn a_provider_turns_private_only_if_nobody_is_shut_out() {
    let stage = Stage::new().await;
    stage.begin(profile()).await.unwrap();
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
    let usable = format!("/v1/organizations/{}/providers?{at_least}", stage.organization);
    assert_eq!(stage.server.get(&usable).await.json()["items"][0]["id"], stage.provider);
    // Private already: the same again changes nothing.
    assert_eq!(stage.set_visibility("private").await.header("etag"), changed.header("etag"));
}

#[tokio::test]
async fn an_organization_that_is_associated_is_not_shut_out() {
    let stage = Stage::new().await;
    stage.associate().await;
    stage.begin(workload()).await.unwrap();
    assert_eq!(stage.set_visibility("private").await.status, 202);
    assert_eq!(stage.set_visibility("public").await.status, 202);
}

#[tokio::test]
async fn an_association_in_use_ends_by_force_alone() {
    let stage = Stage::new().await;
    stage.associate().await;
    let used = stage.begin(workload()).await.unwrap();
    // Whoever may use it anyway loses nothing.
    assert_eq!(stage.server.delete(&stage.association()).await.status, 202);
    stage.associate().await;
    assert_eq!(stage.set_visibility("private").await.status, 202);

    for query in ["", "?force=false"] {
        let kept = stage.server.delete(&format!("{}{query}", stage.association())).await;
        refused(&kept, 409, "still-used");
        assert_eq!(kept.json()["used_by"], json!([used.to_string()]));
        assert_eq!(users(&kept, "organization_id"), [json!(stage.organization)]);
    }
    // Another organization uses it too, which is no reason for this one.
    let made = stage.server.post("/v1/organizations", &json!({"name": "Zenith"})).await;
    let zenith = Stage { organization: made.text_of("id"), ..stage };
    zenith.associate().await;
    assert_eq!(zenith.server.delete(&zenith.association()).await.status, 202);
    let organization = zenith.server.get("/v1/organizations?name=acme").await.json();
    let organization = organization["items"][0]["id"].as_str().unwrap().to_owned();
    let stage = Stage { organization, ..zenith };
    let forced = stage.server.delete(&format!("{}?force=true", stage.association())).await;
    assert_eq!(forced.status, 202, "{forced:?}");
    let refused = stage.begin(workload()).await.unwrap_err();
    assert_eq!(refused, organization::Error::NotAssociated.into());
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
