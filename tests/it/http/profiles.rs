//! The container profiles of an organization, from definition to removal, and which nodes match.

use super::{
    server::{Reply, Server},
    tenant::{Node, Tenant, image, problem, refused},
};
use domain::{availability::Availability, node_observation::facts::State};
use reqwest::Method;
use serde_json::{Value, json};
use tests::harness::Database;
use uuid::Uuid;

#[tokio::test]
async fn a_profile_is_defined_shown_changed_and_removed() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let made = server.post(&tenant.path("profiles"), &tenant.profile("web")).await;
    let id = made.text_of("id");
    let location =
        format!("{}?at_least={}", tenant.path(&format!("profiles/{id}")), made.position());
    assert_eq!((made.status, made.header("location")), (201, &*location), "{made:?}");
    let shown = server.get(&location).await;
    assert_eq!((shown.status, shown.header("etag")), (200, "\"1\""), "{shown:?}");
    let shown = shown.json();
    for (field, value) in tenant.profile("web").as_object().unwrap() {
        assert_eq!(shown[field], *value, "{field}");
    }
    assert_eq!(
        (&shown["organization_id"], &shown["workload_count"]),
        (&json!(tenant.organization), &json!(0))
    );

    let path = tenant.path(&format!("profiles/{id}"));
    let change = json!({
        "name": "api", "replicas": 3, "command": [], "environment": {}, "resources": {},
        "constraints": [],
    });
    let changed = server.patch(&path, &change).await;
    assert_eq!((changed.status, &changed.json()["version"]), (202, &json!(2)), "{changed:?}");
    let again = server.patch(&path, &change).await;
    assert_eq!((again.status, &again.json()["version"]), (202, &json!(2)), "nothing changed");
    let shown = tenant.shown(&format!("profiles/{id}")).await.json();
    let none = json!({"cpu_millicores": null, "memory_bytes": null});
    assert_eq!((&shown["name"], &shown["resources"]), (&json!("api"), &none));
    assert_eq!((&shown["environment"], &shown["image_id"]), (&json!({}), &json!(tenant.image)));

    let removed = server.delete(&path).await;
    assert_eq!((removed.status, &removed.json()["version"]), (202, &json!(3)));
    assert_eq!(server.delete(&path).await.json()["version"], 3, "done already");
    let gone = tenant.shown(&format!("profiles/{id}")).await;
    assert_eq!(refused(&gone), problem(404, "profile-not-found"));
    let late = server.patch(&path, &json!({"replicas": 1})).await;
    assert_eq!(refused(&late), problem(410, "removed"));
}

#[tokio::test]
async fn profiles_are_listed_within_their_organization() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    for name in ["web", "Api", "cron"] {
        tenant.defined(name).await;
    }
    let taken = server.post(&tenant.path("profiles"), &tenant.profile("WEB")).await;
    assert_eq!(refused(&taken), problem(409, "name-taken"));
    assert_eq!(taken.errors(), [("/name".to_owned(), "unique".to_owned())]);
    let other = server.post("/v1/organizations", &json!({"name": "Globex"})).await.text_of("id");
    let others = format!("/v1/organizations/{other}/profiles");
    let same_name = server.post(&others, &tenant.profile("web")).await;
    assert_eq!(same_name.status, 201, "a name is unique within its organization: {same_name:?}");

    let names = async |query: &str| -> Vec<Value> {
        let page = tenant.shown(&format!("profiles?{query}")).await.json();
        page["items"].as_array().unwrap().iter().map(|item| item["name"].clone()).collect()
    };
    assert_eq!(names("").await, ["Api", "cron", "web"]);
    assert_eq!(names("sort=-name&limit=2").await, ["web", "cron"]);
    assert_eq!(names("name=CR").await, ["cron"]);
    assert_eq!(
        names(&format!("provider_id={}&image_id={}", tenant.provider, tenant.image)).await.len(),
        3
    );
    assert_eq!(names(&format!("provider_id={}", Uuid::nil())).await, Vec::<Value>::new());
    let nobody = server.get(&format!("/v1/organizations/{}/profiles", Uuid::nil())).await;
    assert_eq!(refused(&nobody), problem(404, "organization-not-found"));
}

#[tokio::test]
async fn a_profile_of_others_is_not_there() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let id = tenant.defined("web").await;
    let other = server.post("/v1/organizations", &json!({"name": "Globex"})).await.text_of("id");
    let path = format!("/v1/organizations/{other}/profiles/{id}");
    let before = server.head().await;
    for reply in [
        server.get(&format!("{path}?at_least={before}")).await,
        server.patch(&path, &json!({"replicas": 9})).await,
        server.delete(&path).await,
        server.post(&format!("{path}/preview"), &json!({})).await,
    ] {
        assert_eq!(refused(&reply), problem(404, "profile-not-found"));
    }
    let workload = json!({"name": "shop", "profile_id": id});
    let reply = server.post(&format!("/v1/organizations/{other}/workloads"), &workload).await;
    assert_eq!(refused(&reply), problem(404, "profile-not-found"));
    assert_eq!(server.head().await, before);
}

#[tokio::test]
async fn a_profile_stands_on_a_provider_that_its_organization_may_use() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let define = async || server.post(&tenant.path("profiles"), &tenant.profile("web")).await;
    let provider = format!("/v1/providers/{}", tenant.provider);
    server.post(&format!("{provider}/disable"), &json!({})).await;
    assert_eq!(refused(&define().await), problem(409, "provider-disabled"));
    server.post(&format!("{provider}/enable"), &json!({})).await;
    server.patch(&provider, &json!({"visibility": "private"})).await;
    let hidden = define().await;
    assert_eq!(refused(&hidden), problem(404, "provider-not-found"));
    let mut nowhere = tenant.profile("web");
    nowhere["provider_id"] = json!(Uuid::nil());
    let absent = server.post(&tenant.path("profiles"), &nowhere).await;
    assert_eq!(absent.text, hidden.text, "a provider of others looks like none");
    let associate = tenant.path(&format!("providers/{}", tenant.provider));
    assert_eq!(server.put(&associate, &json!({})).await.status, 202);
    assert_eq!(define().await.status, 201);
    let nobody = format!("/v1/organizations/{}/profiles", Uuid::nil());
    let reply = server.post(&nobody, &tenant.profile("web")).await;
    assert_eq!(refused(&reply), problem(404, "organization-not-found"));
}

#[tokio::test]
async fn a_profile_has_an_image_that_is_available_to_its_organization() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let elsewhere = server.provider("Lyon").await;
    let of_others = image(&server, &elsewhere, "nginx").await;
    let profile = tenant.defined("web").await;
    let define = async |image: &str| {
        let mut body = tenant.profile("api");
        body["image_id"] = json!(image);
        let path = tenant.path(&format!("profiles/{profile}"));
        let changed = server.patch(&path, &json!({"image_id": image})).await;
        let defined = server.post(&tenant.path("profiles"), &body).await;
        if defined.status == 201 {
            return (changed.status, "defined".to_owned());
        }
        assert_eq!(refused(&changed), refused(&defined));
        refused(&defined)
    };
    assert_eq!(define(&Uuid::nil().to_string()).await, problem(404, "image-not-found"));
    assert_eq!(define(&of_others).await, problem(404, "image-not-found"));
    let second = image(&server, &tenant.provider, "caddy").await;
    let path = format!("/v1/providers/{}/images/{second}", tenant.provider);
    assert_eq!(server.post(&format!("{path}/disable"), &json!({})).await.status, 202);
    assert_eq!(define(&second).await, problem(409, "image-disabled"));
    server.post(&format!("{path}/enable"), &json!({})).await;
    let private = json!({"visibility": "private"});
    assert_eq!(server.put(&format!("{path}/visibility"), &private).await.status, 202);
    assert_eq!(define(&second).await, problem(404, "image-not-found"), "as if it were not there");
    let associate = tenant.path(&format!("providers/{}", tenant.provider));
    assert_eq!(server.put(&associate, &json!({})).await.status, 202);
    assert_eq!(define(&second).await, (202, "defined".to_owned()));
    let used = server.delete(&path).await;
    assert_eq!(refused(&used), problem(409, "still-used"));
}

#[tokio::test]
async fn a_profile_is_not_removed_while_workloads_are_made_from_it() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let profile = tenant.defined("web").await;
    let workload = tenant.requested("shop", &profile).await;
    let path = tenant.path(&format!("profiles/{profile}"));
    let used = server.delete(&path).await;
    assert_eq!(refused(&used), problem(409, "still-used"));
    assert_eq!(used.json()["used_by"], json!([format!("workload:{workload}")]));
    assert_eq!(tenant.shown(&format!("profiles/{profile}")).await.json()["workload_count"], 1);
    server.delete(&tenant.path(&format!("workloads/{workload}"))).await;
    assert_eq!(server.delete(&path).await.status, 202);
    let late = tenant.request("blog", &profile).await;
    assert_eq!(refused(&late), problem(410, "removed"));
}

#[tokio::test]
async fn a_profile_that_is_removed_and_used_at_once_is_one_of_the_two() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    for round in 0..10 {
        let profile = tenant.defined(&format!("web{round}")).await;
        let path = tenant.path(&format!("profiles/{profile}"));
        let name = format!("shop{round}");
        let (removed, requested) =
            tokio::join!(server.delete(&path), tenant.request(&name, &profile));
        let told = (removed.status, requested.status);
        assert!([(202, 410), (409, 201)].contains(&told), "{removed:?} {requested:?}");
    }
}

#[tokio::test]
async fn who_has_seen_an_older_version_is_told_what_has_changed() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let id = tenant.defined("web").await;
    let path = tenant.path(&format!("profiles/{id}"));
    server.patch(&path, &json!({"replicas": 5})).await;
    let stale = server.request(Method::PATCH, &path).header("If-Match", "\"1\"");
    let stale = Reply::of(stale.json(&json!({"replicas": 7}))).await;
    assert_eq!(refused(&stale), problem(412, "version-gone"));
    let changes = &stale.json()["changes"];
    assert_eq!(
        (&changes[0]["type"], &stale.json()["current_version"]),
        (&json!("ProfileChanged"), &json!(2))
    );
    let fresh = server.request(Method::PATCH, &path).header("If-Match", "\"2\"");
    assert_eq!(Reply::of(fresh.json(&json!({"replicas": 7}))).await.status, 202);
}

#[tokio::test]
async fn a_profile_and_a_workload_are_shown_as_they_were() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let profile = tenant.defined("web").await;
    let then = server.head().await;
    let workload = tenant.requested("shop", &profile).await;
    let placed = server.head().await;
    let path = tenant.path(&format!("profiles/{profile}"));
    server.patch(&path, &json!({"name": "api", "replicas": 9})).await;
    let at = tenant.path(&format!("workloads/{workload}"));
    server.post(&format!("{at}/stop"), &json!({})).await;
    let was = server.get(&format!("{path}?as_of={then}")).await;
    assert_eq!((was.status, was.header("etag")), (200, "\"1\""), "{was:?}");
    assert_eq!((&was.json()["name"], &was.json()["workload_count"]), (&json!("web"), &json!(0)));
    let counted = server.get(&format!("{path}?as_of={placed}")).await.json();
    assert_eq!((&counted["name"], &counted["workload_count"]), (&json!("web"), &json!(1)));
    assert_eq!(server.get(&format!("{at}?as_of={placed}")).await.json()["state"], "placed");
    let before = server.get(&format!("{at}?as_of={then}")).await;
    assert_eq!(refused(&before), problem(404, "workload-not-found"));
    let other = server.post("/v1/organizations", &json!({"name": "Globex"})).await.text_of("id");
    for (path, slug) in [
        (format!("profiles/{profile}"), "profile-not-found"),
        (format!("workloads/{workload}"), "workload-not-found"),
    ] {
        let path = format!("/v1/organizations/{other}/{path}?as_of={placed}");
        assert_eq!(refused(&server.get(&path).await), problem(404, slug));
    }
}

/// One node that matches `Type NOT_EQUAL GPU`, and four that do not.
async fn fleet(tenant: &Tenant<'_>) {
    let drained = Node { availability: Availability::Drain, ..Node::new("drained", &[]) };
    let down = Node { state: State::Down, ..Node::new("down", &[("Type", "GPU")]) };
    tenant.node(0, &Node::new("plain", &[("zone", "a")])).await;
    tenant.node(0, &Node::new("graphics", &[("Type", "gpu"), ("zone", "b")])).await;
    tenant.node(1, &drained).await;
    tenant.node(1, &down).await;
}

#[tokio::test]
async fn a_preview_counts_the_nodes_that_match_and_says_what_keeps_the_others() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "active_passive", 2).await;
    fleet(&tenant).await;
    let id = tenant.defined("web").await;
    let head = server.head().await;
    let ask = async |body: Value| {
        let path = tenant.path(&format!("profiles/{id}/preview?at_least={head}"));
        server.post(&path, &body).await
    };
    let reply = ask(json!({})).await;
    assert_eq!((reply.status, reply.position() >= head), (200, true), "{reply:?}");
    let shown = reply.json();
    assert_eq!((&shown["matching"], &shown["nodes"]), (&json!(1), &json!(4)));
    let mut clusters = shown["clusters"].as_array().unwrap().clone();
    clusters.sort_by_key(|cluster| cluster["cluster_id"] != tenant.clusters[0]);
    let count = |cluster: &Value| (cluster["matching"].clone(), cluster["nodes"].clone());
    assert_eq!(count(&clusters[0]), (json!(1), json!(2)));
    assert_eq!(count(&clusters[1]), (json!(0), json!(2)));

    let almost = shown["almost"].as_array().unwrap();
    let names: Vec<_> = almost.iter().map(|node| node["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["drained", "graphics", "down"], "the closest first");
    let gpu = json!({"label": "Type", "operator": "NOT_EQUAL", "value": "GPU"});
    let constraint =
        |found: &str| json!({"reason": "constraint", "constraint": gpu, "found": found});
    assert_eq!(almost[0]["reasons"], json!([{"reason": "availability", "found": "drain"}]));
    assert_eq!(almost[1]["reasons"], json!([constraint("gpu")]), "Swarm knows no case");
    let down = json!({"reason": "state", "found": "down"});
    assert_eq!(almost[2]["reasons"], json!([constraint("GPU"), down]));

    let zone = json!([{"label": "zone", "operator": "EQUAL", "value": "b"}]);
    let tried = ask(json!({"constraints": zone})).await.json();
    assert_eq!(tried["matching"], 1, "other constraints are tried, and nothing is saved");
    assert_eq!(ask(json!({"constraints": []})).await.json()["matching"], 2);
    assert_eq!(server.head().await, head);
}

#[tokio::test]
async fn a_draft_is_previewed_before_it_is_saved() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "active_passive", 2).await;
    fleet(&tenant).await;
    let path = tenant.path(&format!("profiles/preview?at_least={}", server.head().await));
    let rack = json!([{"label": "rack", "operator": "EQUAL", "value": "7"}]);
    let draft = json!({"provider_id": tenant.provider, "constraints": rack});
    let shown = server.post(&path, &draft).await.json();
    assert_eq!((&shown["matching"], &shown["nodes"]), (&json!(0), &json!(4)));
    let reasons = &shown["almost"][0]["reasons"];
    assert_eq!((&reasons[0]["found"], reasons.as_array().unwrap().len()), (&Value::Null, 1));
    let open = server.post(&path, &json!({"provider_id": tenant.provider})).await.json();
    assert_eq!(open["matching"], 2);

    let provider = format!("/v1/providers/{}", tenant.provider);
    let hidden = server.patch(&provider, &json!({"visibility": "private"})).await;
    let path = tenant.path(&format!("profiles/preview?at_least={}", hidden.position()));
    let hidden = server.post(&path, &draft).await;
    assert_eq!(refused(&hidden), problem(404, "provider-not-found"));
}

#[tokio::test]
async fn only_the_closest_nodes_are_named() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    for number in 0..25 {
        let name = format!("gpu-{number:02}");
        tenant.node(0, &Node::new(&name, &[("Type", "GPU")])).await;
    }
    let path = tenant.path(&format!("profiles/preview?at_least={}", server.head().await));
    let body = tenant.profile("web")["constraints"].clone();
    let draft = json!({"provider_id": tenant.provider, "constraints": body});
    let shown = server.post(&path, &draft).await.json();
    assert_eq!((&shown["matching"], &shown["nodes"]), (&json!(0), &json!(25)));
    let almost = shown["almost"].as_array().unwrap();
    assert_eq!((almost.len(), &almost[19]["name"]), (20, &json!("gpu-19")));
}
