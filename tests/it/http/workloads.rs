//! Workloads, from request to removal, and where they are placed.

use super::{
    server::{Reply, Server},
    tenant::{Node, Tenant, image, problem, refused},
};
use domain::availability::Availability;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::harness::Database;
use uuid::Uuid;

/// The last event of a stream.
async fn last(server: &Server, stream: &str) -> Value {
    let events = server.get("/v1/events?limit=200").await.json();
    let events = events["items"].as_array().unwrap();
    let of_stream = events.iter().filter(|event| event["stream"] == stream);
    of_stream.max_by_key(|event| event["position"].as_i64()).unwrap().clone()
}

#[tokio::test]
async fn a_workload_is_requested_scaled_stopped_started_and_removed() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let profile = tenant.defined("web").await;
    let made = tenant.request("shop", &profile).await;
    let id = made.text_of("id");
    let at = tenant.path(&format!("workloads/{id}"));
    let location = format!("{at}?at_least={}", made.position());
    assert_eq!((made.status, made.header("location")), (201, &*location), "{made:?}");
    let shown = server.get(&location).await;
    assert_eq!((shown.status, shown.header("etag")), (200, "\"2\""), "{shown:?}");
    let shown = shown.json();
    assert_eq!((&shown["state"], &shown["replicas"]), (&json!("placed"), &json!(2)));
    assert_eq!((&shown["cluster_id"], &shown["epoch"]), (&json!(tenant.clusters[0]), &json!(1)));
    assert_eq!(shown["placement"]["reason"], "only_cluster");
    assert_eq!(
        (&shown["profile_version"], &shown["profile_latest_version"]),
        (&json!(1), &json!(1))
    );

    let mut version = 2;
    for (verb, body, state, replicas) in [
        ("scale", json!({"replicas": 7}), "placed", 7),
        ("scale", json!({"replicas": 1}), "placed", 1),
        ("stop", json!({}), "stopped", 1),
        ("scale", json!({"replicas": 3}), "stopped", 3),
        ("start", json!({}), "placed", 3),
    ] {
        for _ in 0..2 {
            let reply = server.post(&format!("{at}/{verb}"), &body).await;
            assert_eq!(reply.status, 202, "{verb}: {reply:?}");
            assert_eq!(reply.json()["version"], version + 1, "{verb} again changes nothing");
        }
        version += 1;
        let shown = tenant.shown(&format!("workloads/{id}")).await.json();
        assert_eq!((&shown["state"], &shown["replicas"]), (&json!(state), &json!(replicas)));
        assert_eq!(shown["cluster_id"], json!(tenant.clusters[0]));
    }
    assert_eq!(server.delete(&at).await.json()["version"], version + 1);
    assert_eq!(server.delete(&at).await.json()["version"], version + 1, "done already");
    let gone = tenant.shown(&format!("workloads/{id}")).await;
    assert_eq!(refused(&gone), problem(404, "workload-not-found"));
    let late = server.post(&format!("{at}/stop"), &json!({})).await;
    assert_eq!(refused(&late), problem(410, "removed"));
}

#[tokio::test]
async fn every_event_of_a_workload_says_whose_it_is_and_touches_its_provider() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let profile = tenant.defined("web").await;
    let id = tenant.requested("shop", &profile).await;
    let history = server.get(&format!("/v1/providers/{}/history?limit=3", tenant.provider)).await;
    let history = history.json();
    let items = history["items"].as_array().unwrap();
    let types: Vec<_> = items.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["WorkloadPlaced", "WorkloadRequested", "ProfileDefined"]);
    for event in items {
        let tags = event["tags"].as_array().unwrap();
        for tag in ["organization", "profile", "provider"] {
            let id = match tag {
                "organization" => &tenant.organization,
                "profile" => &profile,
                _ => &tenant.provider,
            };
            assert!(tags.contains(&json!(format!("{tag}:{id}"))), "{event}");
        }
    }
    let placed = last(&server, &format!("workload:{id}")).await;
    assert!(
        placed["tags"]
            .as_array()
            .unwrap()
            .contains(&json!(format!("cluster:{}", tenant.clusters[0])))
    );
}

#[tokio::test]
async fn a_workload_keeps_the_profile_it_was_made_from_until_it_is_updated() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let profile = tenant.defined("web").await;
    let id = tenant.requested("shop", &profile).await;
    let at = tenant.path(&format!("workloads/{id}"));
    server.patch(&tenant.path(&format!("profiles/{profile}")), &json!({"replicas": 9})).await;
    let versions = async || {
        let shown = tenant.shown(&format!("workloads/{id}")).await.json();
        [&shown["profile_version"], &shown["profile_latest_version"], &shown["replicas"]]
            .map(|number| number.as_i64().unwrap())
    };
    assert_eq!(versions().await, [1, 2, 2]);
    let updated = server.post(&format!("{at}/update"), &json!({})).await;
    assert_eq!((updated.status, &updated.json()["version"]), (202, &json!(3)), "{updated:?}");
    assert_eq!(versions().await, [2, 2, 2], "the number of containers was asked for by itself");
    let again = server.post(&format!("{at}/update"), &json!({})).await;
    assert_eq!(again.json()["version"], 3, "there is no newer version");
    let event = last(&server, &format!("workload:{id}")).await;
    assert_eq!(event["data"]["profile_version"], json!({"after": 2, "before": 1}));
    let other = tenant.requested("blog", &profile).await;
    let shown = tenant.shown(&format!("workloads/{other}")).await.json();
    assert_eq!((&shown["profile_version"], &shown["replicas"]), (&json!(2), &json!(9)));
}

#[tokio::test]
async fn an_update_to_constraints_that_no_node_of_its_cluster_matches_is_refused() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    tenant.node(0, &Node::new("plain", &[("zone", "a")])).await;
    let profile = tenant.defined("web").await;
    let id = tenant.requested("shop", &profile).await;
    let update =
        async || server.post(&tenant.path(&format!("workloads/{id}/update")), &json!({})).await;
    let constrain = async |zone: &str| {
        let constraints = json!([{"label": "zone", "operator": "EQUAL", "value": zone}]);
        let path = tenant.path(&format!("profiles/{profile}"));
        assert_eq!(server.patch(&path, &json!({"constraints": constraints})).await.status, 202);
    };
    constrain("b").await;
    assert_eq!(refused(&update().await), problem(409, "no-matching-node"));
    constrain("a").await;
    assert_eq!(update().await.status, 202);
}

#[tokio::test]
async fn a_workload_that_no_node_could_take_is_refused_and_leaves_no_event() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let profile = tenant.defined("web").await;
    tenant.requested("before", &profile).await;
    tenant.node(0, &Node::new("graphics", &[("Type", "GPU")])).await;
    let paused = Node { availability: Availability::Pause, ..Node::new("paused", &[]) };
    tenant.node(0, &paused).await;
    let before = server.head().await;
    let refusal = tenant.request("shop", &profile).await;
    assert_eq!(refused(&refusal), problem(409, "no-matching-node"));
    assert_eq!(server.head().await, before);
    tenant.node(0, &Node::new("plain", &[])).await;
    assert_eq!(tenant.request("shop", &profile).await.status, 201, "and its name is still free");
}

#[tokio::test]
async fn the_first_ranked_cluster_that_has_a_matching_node_takes_the_workload() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "active_passive", 3).await;
    let profile = tenant.defined("web").await;
    let placement = async |name: &str| {
        let id = tenant.requested(name, &profile).await;
        last(&server, &format!("workload:{id}")).await["data"].clone()
    };
    let unknown = placement("one").await;
    assert_eq!(
        (&unknown["cluster_id"], &unknown["reason"]),
        (&json!(tenant.clusters[0]), &json!("first_ranked"))
    );
    tenant.node(0, &Node::new("graphics", &[("Type", "GPU")])).await;
    tenant.node(1, &Node::new("plain", &[])).await;
    let second = placement("two").await;
    assert_eq!(second["cluster_id"], json!(tenant.clusters[1]));
    let passed = json!([{"cluster_id": tenant.clusters[0], "obstacle": "no_matching_node"}]);
    assert_eq!(second["passed_over"], passed);
    let ranks: Vec<_> =
        second["candidates"].as_array().unwrap().iter().map(|one| &one["rank"]).collect();
    assert_eq!(ranks, [2, 3]);
    assert!(second.get("draw").is_none());
}

#[tokio::test]
async fn an_active_active_provider_draws_and_anybody_can_draw_again() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "active_active", 2).await;
    let profile = tenant.defined("web").await;
    let mut drawn = BTreeSet::new();
    for round in 0..24 {
        let id = tenant.requested(&format!("w{round}"), &profile).await;
        let data = last(&server, &format!("workload:{id}")).await["data"].clone();
        assert_eq!((&data["reason"], &data["draw"]["of"]), (&json!("drawn"), &json!(200)));
        let number = data["draw"]["number"].as_u64().unwrap();
        let holder = usize::from(number >= 100);
        assert_eq!(data["candidates"][holder]["cluster_id"], data["cluster_id"]);
        drawn.insert(data["cluster_id"].as_str().unwrap().to_owned());
        let shown = tenant.shown(&format!("workloads/{id}")).await.json();
        assert_eq!(shown["placement"]["draw"], data["draw"]);
    }
    // That 24 draws all fall on one of two is one case in eight million.
    assert_eq!(drawn.len(), 2);
}

#[tokio::test]
async fn who_asks_for_less_is_heard_and_who_asks_for_more_must_still_be_allowed() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let profile = tenant.defined("web").await;
    let id = tenant.requested("shop", &profile).await;
    let stopped = tenant.requested("blog", &profile).await;
    let say = async |id: &str, verb: &str, body: Value| {
        server.post(&tenant.path(&format!("workloads/{id}/{verb}")), &body).await
    };
    assert_eq!(say(&stopped, "stop", json!({})).await.status, 202);
    server.patch(&tenant.path(&format!("profiles/{profile}")), &json!({"replicas": 9})).await;
    let disable = format!("/v1/providers/{}/disable", tenant.provider);
    assert_eq!(server.post(&disable, &json!({"force": true})).await.status, 202);
    let disabled = problem(409, "provider-disabled");
    assert_eq!(refused(&say(&id, "scale", json!({"replicas": 3})).await), disabled);
    assert_eq!(refused(&say(&id, "update", json!({})).await), disabled);
    assert_eq!(refused(&say(&stopped, "start", json!({})).await), disabled);
    assert_eq!(refused(&tenant.request("wiki", &profile).await), disabled);
    assert_eq!(say(&id, "scale", json!({"replicas": 1})).await.status, 202);
    assert_eq!(say(&stopped, "scale", json!({"replicas": 9})).await.status, 202, "it stands");
    assert_eq!(say(&id, "start", json!({})).await.status, 202, "it runs already");
    assert_eq!(say(&id, "stop", json!({})).await.status, 202);
    assert_eq!(server.delete(&tenant.path(&format!("workloads/{id}"))).await.status, 202);
}

#[tokio::test]
async fn a_cluster_that_has_a_workload_is_not_removed() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "active_passive", 2).await;
    let profile = tenant.defined("web").await;
    let id = tenant.requested("shop", &profile).await;
    let cluster = |number: usize| {
        format!("/v1/providers/{}/clusters/{}", tenant.provider, tenant.clusters[number])
    };
    let used = server.delete(&cluster(0)).await;
    assert_eq!(refused(&used), problem(409, "still-used"));
    assert!(used.text.contains(&id), "{used:?}");
    assert_eq!(server.delete(&cluster(1)).await.status, 202, "nothing is placed there");
}

#[tokio::test]
async fn what_a_workload_was_made_from_is_kept_until_it_is_updated() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let profile = tenant.defined("web").await;
    let id = tenant.requested("shop", &profile).await;
    let second = image(&server, &tenant.provider, "caddy").await;
    let path = tenant.path(&format!("profiles/{profile}"));
    assert_eq!(server.patch(&path, &json!({"image_id": second})).await.status, 202);
    let images = format!("/v1/providers/{}/images", tenant.provider);
    let first = format!("{images}/{}", tenant.image);
    let used = server.delete(&first).await;
    assert_eq!(used.json()["used_by"], json!([format!("workload:{id}")]), "{used:?}");
    // What runs keeps running when its image is disabled, and gets no more of it.
    assert_eq!(server.post(&format!("{first}/disable"), &json!({})).await.status, 202);
    let at = tenant.path(&format!("workloads/{id}"));
    let more = server.post(&format!("{at}/scale"), &json!({"replicas": 9})).await;
    assert_eq!(refused(&more), problem(409, "image-disabled"));
    assert_eq!(server.post(&format!("{at}/update"), &json!({})).await.status, 202);
    let shown = tenant.shown(&format!("workloads/{id}")).await.json();
    assert_eq!(shown["image_id"], json!(second));
    assert_eq!(server.post(&format!("{at}/scale"), &json!({"replicas": 9})).await.status, 202);
    assert_eq!(server.delete(&first).await.status, 202, "nobody uses it any more");
}

#[tokio::test]
async fn a_workload_of_others_is_not_there() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let profile = tenant.defined("web").await;
    let id = tenant.requested("shop", &profile).await;
    let other = server.post("/v1/organizations", &json!({"name": "Globex"})).await.text_of("id");
    let path = format!("/v1/organizations/{other}/workloads/{id}");
    let before = server.head().await;
    let mut replies = vec![
        server.get(&format!("{path}?at_least={before}")).await,
        server.delete(&path).await,
        server.post(&format!("{path}/scale"), &json!({"replicas": 9})).await,
    ];
    for verb in ["stop", "start", "update"] {
        replies.push(server.post(&format!("{path}/{verb}"), &json!({})).await);
    }
    for reply in replies {
        assert_eq!(refused(&reply), problem(404, "workload-not-found"));
    }
    let nothing = server.get(&format!("/v1/organizations/{other}/workloads")).await.json();
    assert_eq!(nothing["items"], json!([]));
    assert_eq!(server.head().await, before);
    let nobody = server.get(&format!("/v1/organizations/{}/workloads", Uuid::nil())).await;
    assert_eq!(refused(&nobody), problem(404, "organization-not-found"));
}

#[tokio::test]
async fn a_member_reads_and_scales_and_an_auditor_reads() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let profile = tenant.defined("web").await;
    let id = tenant.requested("shop", &profile).await;
    let at = tenant.path(&format!("workloads/{id}"));
    let preview = tenant.path(&format!("profiles/{profile}/preview"));
    let head = server.head().await;
    let member = server.token_of("member", Some(&tenant.organization)).await;
    let auditor = server.token_of("auditor", None).await;
    for (token, scaled) in [(&member, 202), (&auditor, 403)] {
        for path in ["profiles", "workloads"] {
            let page = server.get_as(token, &tenant.path(&format!("{path}?at_least={head}"))).await;
            assert_eq!(page.json()["items"].as_array().unwrap().len(), 1, "{path}");
        }
        let say = async |method: Method, path: &str, body: Value| {
            let request = server.anybody(method, path).bearer_auth(token).json(&body);
            Reply::of(request).await.status
        };
        assert_eq!(say(Method::POST, &preview, json!({})).await, 200);
        assert_eq!(say(Method::POST, &format!("{at}/scale"), json!({"replicas": 3})).await, scaled);
        for verb in ["stop", "start", "update"] {
            assert_eq!(say(Method::POST, &format!("{at}/{verb}"), json!({})).await, 403);
        }
        assert_eq!(say(Method::DELETE, &at, json!({})).await, 403);
        let body = json!({"name": "blog", "profile_id": profile});
        assert_eq!(say(Method::POST, &tenant.path("workloads"), body).await, 403);
    }
}

#[tokio::test]
async fn workloads_are_listed_by_what_they_are() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let (web, cron) = (tenant.defined("web").await, tenant.defined("cron").await);
    for (name, profile) in [("shop", &web), ("Blog", &web), ("night", &cron)] {
        tenant.requested(name, profile).await;
    }
    let taken = tenant.request("SHOP", &web).await;
    assert_eq!(refused(&taken), problem(409, "name-taken"));
    let names = async |query: &str| -> Vec<Value> {
        let page = tenant.shown(&format!("workloads?{query}")).await.json();
        page["items"].as_array().unwrap().iter().map(|item| item["name"].clone()).collect()
    };
    assert_eq!(names("").await, ["Blog", "night", "shop"]);
    assert_eq!(names(&format!("profile_id={web}&sort=-created_at")).await, ["Blog", "shop"]);
    assert_eq!(names("state=stopped").await, Vec::<Value>::new());
    assert_eq!(names("state=placed&name=HO").await, ["shop"]);
    let cluster = &tenant.clusters[0];
    assert_eq!(
        names(&format!("cluster_id={cluster}&provider_id={}", tenant.provider)).await.len(),
        3
    );
    let odd = server.get(&tenant.path("workloads?state=odd")).await;
    assert_eq!(refused(&odd), problem(400, "malformed-parameter"));
}

#[tokio::test]
async fn a_request_that_is_repeated_makes_one_workload_and_draws_once() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "active_active", 2).await;
    let profile = tenant.defined("web").await;
    let body = json!({"name": "shop", "profile_id": profile});
    let ask = async || {
        let request = server.request(Method::POST, &tenant.path("workloads"));
        Reply::of(request.header("Idempotency-Key", "once").json(&body)).await
    };
    let (one, two) = (ask().await, ask().await);
    assert_eq!((one.status, one.text), (201, two.text));
    let page = tenant.shown("workloads").await.json();
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
}
