//! What an organization sees of a provider, and of what happened there: its own part, and nothing
//! of others.

use super::{
    server::Server,
    tenant::{Node, Tenant, problem, refused},
};
use serde_json::{Value, json};
use tests::harness::Database;
use uuid::Uuid;

/// What an organization is never told of a provider.
const HIDDEN: [&str; 4] = ["clusters", "failover_policy", "organizations", "organization_count"];

/// A second organization with a profile and a workload on the same provider.
async fn neighbour<'a>(tenant: &Tenant<'a>, name: &str) -> Tenant<'a> {
    let made = tenant.server.post("/v1/organizations", &json!({ "name": name })).await;
    Tenant {
        server: tenant.server,
        organization: made.text_of("id"),
        provider: tenant.provider.clone(),
        image: tenant.image.clone(),
        clusters: tenant.clusters.clone(),
    }
}

/// The path of a provider, seen when everything is.
async fn at_head(server: &Server, provider: &str, rest: &str) -> String {
    let join = if rest.contains('?') { '&' } else { '?' };
    format!("/v1/providers/{provider}{rest}{join}at_least={}", server.head().await)
}

#[tokio::test]
async fn an_organization_sees_a_provider_as_its_list_shows_it() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "active_passive", 2).await;
    for role in ["member", "organization_administrator"] {
        let token = server.token_of(role, Some(&tenant.organization)).await;
        let path = at_head(&server, &tenant.provider, "").await;
        let shown = server.get_as(&token, &path).await;
        assert_eq!((shown.status, shown.header("etag")), (200, "\"4\""), "{shown:?}");
        let list = server.get_as(&token, "/v1/providers").await.json();
        assert_eq!(shown.json(), list["items"][0], "{role}");
        for hidden in HIDDEN {
            assert_eq!(shown.json()[hidden], Value::Null, "{role}: {hidden}");
        }
        assert!(!shown.text.contains("10.9.0."), "no address: {shown:?}");
        assert!(!tenant.clusters.iter().any(|id| shown.text.contains(id)), "no cluster");
        let part = format!("/v1/providers/{}/failover-policy", tenant.provider);
        assert_eq!(server.get_as(&token, &part).await.status, 403, "{role}");
    }
    let whole = server.get(&at_head(&server, &tenant.provider, "").await).await.json();
    assert_eq!(whole["clusters"].as_array().unwrap().len(), 2, "the instance sees all of it");
}

#[tokio::test]
async fn a_provider_of_others_looks_like_none() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let other = neighbour(&tenant, "Globex").await;
    let path = format!("/v1/providers/{}", tenant.provider);
    server.patch(&path, &json!({ "visibility": "private" })).await;
    server.put(&tenant.path(&format!("providers/{}", tenant.provider)), &json!({})).await;
    let own = server.token_of("member", Some(&tenant.organization)).await;
    let (_, stranger) = server.principal("a stranger").await;
    let foreign = server.token_of("member", Some(&other.organization)).await;
    assert_eq!(
        server.get_as(&own, &at_head(&server, &tenant.provider, "").await).await.status,
        200
    );
    let absent = Uuid::now_v7().to_string();
    for token in [&foreign, &stranger] {
        for rest in ["", "?as_of=4", "/history", "/history?type=ProviderCreated"] {
            let hidden = server.get_as(token, &format!("{path}{rest}")).await;
            assert_eq!(refused(&hidden), problem(404, "provider-not-found"), "{rest}");
            let none = server.get_as(token, &format!("/v1/providers/{absent}{rest}")).await;
            assert_eq!(none.text, hidden.text, "{rest}: in the same words");
        }
        let hidden = server.get_as(token, &format!("{path}/history/diff?from=0")).await;
        assert_eq!(refused(&hidden), problem(404, "provider-not-found"));
    }
    let left = tenant.path(&format!("providers/{}", tenant.provider));
    server.delete(&left).await;
    let gone = server.get_as(&own, &at_head(&server, &tenant.provider, "").await).await;
    assert_eq!(refused(&gone), problem(404, "provider-not-found"), "no longer associated");
    let history = server.get_as(&own, &format!("{path}/history")).await;
    assert_eq!(types(&history.json()), ["OrgDissociated", "OrgAssociated"], "what it did stays");
}

fn types(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["type"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_organization_reads_its_own_part_of_a_history_and_nothing_of_others() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let other = neighbour(&tenant, "Globex").await;
    server.put(&tenant.path(&format!("providers/{}", tenant.provider)), &json!({})).await;
    server.put(&other.path(&format!("providers/{}", tenant.provider)), &json!({})).await;
    let (own_profile, foreign_profile) = (tenant.defined("web").await, other.defined("web").await);
    let workload = tenant.requested("shop", &own_profile).await;
    let foreign = other.requested("mine", &foreign_profile).await;
    let token = server.token_of("member", Some(&tenant.organization)).await;
    let scaled = tenant.path(&format!("workloads/{workload}/scale"));
    let request = server.anybody(reqwest::Method::POST, &scaled).bearer_auth(&token);
    let scaled = super::server::Reply::of(request.json(&json!({ "replicas": 3 }))).await;
    assert_eq!(scaled.status, 202, "{scaled:?}");

    let page = server.get_as(&token, &at_head(&server, &tenant.provider, "/history").await).await;
    assert_eq!(page.status, 200, "{page:?}");
    let told = page.json();
    let expected = [
        "WorkloadScaled",
        "WorkloadPlaced",
        "WorkloadRequested",
        "ProfileDefined",
        "OrgAssociated",
    ];
    assert_eq!(
        (types(&told), &told["next_cursor"]),
        (expected.map(str::to_owned).into(), &json!(null))
    );
    for secret in [&other.organization, &foreign_profile, &foreign] {
        assert!(!page.text.contains(secret.as_str()), "nothing of others");
    }
    let items = told["items"].as_array().unwrap();
    let change = |index: usize, field: &str| {
        let changes = items[index]["changes"].as_array().unwrap();
        let found = changes.iter().find(|change| change["field"] == field);
        let found = found.unwrap_or_else(|| panic!("no {field}: {changes:?}"));
        (found["before"].clone(), found["after"].clone())
    };
    assert_eq!(change(0, "/replicas"), (json!(2), json!(3)));
    assert_eq!(change(4, "/associated"), (json!(false), json!(true)));
    assert_eq!(items[0]["actor"]["name"], json!("member"), "one of its own");
    assert_eq!(items[4]["actor"]["name"], json!(null), "who runs the instance has no name here");

    // Pages and filters count nothing but its own.
    let path = format!("/v1/providers/{}/history?limit=2", tenant.provider);
    let first = server.get_as(&token, &path).await.json();
    assert_eq!(types(&first), expected[..2]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let path = format!("/v1/providers/{}/history?limit=2&cursor={cursor}", tenant.provider);
    assert_eq!(types(&server.get_as(&token, &path).await.json()), expected[2..4]);
    let path = format!("/v1/providers/{}/history?type=ProviderCreated", tenant.provider);
    assert_eq!(types(&server.get_as(&token, &path).await.json()), [""; 0]);

    let path = format!("/v1/providers/{}/history/diff?from=0", tenant.provider);
    let diff = server.get_as(&token, &path).await;
    assert_eq!(diff.status, 200, "{diff:?}");
    assert_eq!(diff.json()["events"], json!(5), "not even a count of others");
    let subjects = diff.json()["subjects"].as_array().unwrap().clone();
    let kinds: Vec<_> = subjects.iter().map(|subject| subject["kind"].clone()).collect();
    assert_eq!(kinds, [json!("organization"), json!("profile"), json!("workload")]);
    assert_eq!(subjects[0]["id"], json!(tenant.organization));
    let associated = json!([{ "field": "/associated", "before": false, "after": true }]);
    assert_eq!(subjects[0]["changes"], associated);
    for secret in [&other.organization, &foreign_profile, &foreign] {
        assert!(!diff.text.contains(secret.as_str()), "nothing of others");
    }
    let whole = server.get(&path).await.json();
    assert!(whole["events"].as_u64() > Some(10), "the instance sees all: {}", whole["events"]);
}

/// One that began and ended in between is no difference.
#[tokio::test]
async fn an_organization_is_told_that_its_association_ended() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let token = server.token_of("member", Some(&tenant.organization)).await;
    let association = tenant.path(&format!("providers/{}", tenant.provider));
    assert_eq!(server.put(&association, &json!({})).await.status, 202);
    let associated = server.head().await;
    for _ in 0..2 {
        assert_eq!(server.delete(&format!("{association}?force=true")).await.status, 202);
        assert_eq!(server.put(&association, &json!({})).await.status, 202);
    }
    let ended = server.delete(&format!("{association}?force=true")).await.position();
    let between = async |from: i64, to: i64| {
        let base = format!("/v1/providers/{}/history/diff", tenant.provider);
        let diff = server.get_as(&token, &format!("{base}?from={from}&to={to}")).await.json();
        (diff["events"].clone(), diff["subjects"].clone())
    };
    assert_eq!(between(associated, ended - 1).await, (json!(4), json!([])));
    let (events, subjects) = between(associated, ended).await;
    let change = json!({ "field": "/associated", "before": true, "after": false });
    assert_eq!((&events, &subjects[0]["changes"]), (&json!(5), &json!([change])));
}

#[tokio::test]
async fn a_provider_without_events_of_the_organization_has_an_empty_history() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let token = server.token_of("member", Some(&tenant.organization)).await;
    let page = server.get_as(&token, &at_head(&server, &tenant.provider, "/history").await).await;
    assert_eq!((page.status, page.json()), (200, json!({ "items": [], "next_cursor": null })));
    let path = format!("/v1/providers/{}/history/diff?from=0", tenant.provider);
    let diff = server.get_as(&token, &path).await.json();
    assert_eq!((&diff["events"], &diff["subjects"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn an_organization_sees_how_a_provider_was() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let token = server.token_of("member", Some(&tenant.organization)).await;
    let path = format!("/v1/providers/{}", tenant.provider);
    let before = server.get_as(&token, &at_head(&server, &tenant.provider, "").await).await;
    let head = server.head().await;
    server.patch(&path, &json!({ "comments": "moved" })).await;
    let now = server.get_as(&token, &at_head(&server, &tenant.provider, "").await).await.json();
    assert_eq!(now["comments"], json!("moved"));
    let then = server.get_as(&token, &format!("{path}?as_of={head}")).await;
    assert_eq!((then.json(), then.position()), (before.json(), head));
    assert_eq!(then.header("etag"), before.header("etag"));
}

#[tokio::test]
async fn an_organization_sees_which_labels_a_constraint_may_ask_for() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "active_passive", 2).await;
    tenant.node(0, &Node::new("one", &[("Type", "GPU"), ("zone", "b")])).await;
    tenant.node(1, &Node::new("two", &[("Type", "CPU"), ("zone", "b"), ("-odd-", "x")])).await;
    let token = server.token_of("member", Some(&tenant.organization)).await;
    let path = at_head(&server, &tenant.provider, "/labels").await;
    let items = json!([
        { "label": "Type", "values": ["CPU", "GPU"] }, { "label": "zone", "values": ["b"] },
    ]);
    for token in [&token, &server.token] {
        let shown = server.get_as(token, &path).await;
        assert_eq!(shown.json(), json!({ "items": items, "next_cursor": null }), "{shown:?}");
    }
    server
        .patch(&format!("/v1/providers/{}", tenant.provider), &json!({"visibility": "private"}))
        .await;
    let path = at_head(&server, &tenant.provider, "/labels").await;
    assert_eq!(refused(&server.get_as(&token, &path).await), problem(404, "provider-not-found"));
}
