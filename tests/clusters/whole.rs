//! The whole product through its API: the service as `make run` starts it, a real Swarm behind it,
//! and nothing but HTTP and NATS to speak with. Every route answers with success at least once,
//! every event that an administrator can cause reaches a subscriber, and what NATS has is what the
//! log shows.

mod visitor;
mod workload;

use crate::{kept::Keeps, lab::Lab};
use domain::ids::OrganizationId;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::harness::{
    certificate::Pem,
    wait::{SOON, eventually},
};
use tokio::time::timeout;
use uuid::Uuid;
use visitor::{Visitor, id, text};

/// The last parts of routes that have stories of their own: what a cluster does when it is asked,
/// fails or comes back is not told by an answer alone.
const ELSEWHERE: [&str; 11] = [
    "adopt", "approve", "cancel", "drain", "failback", "failover", "forget", "hold", "readmit",
    "release", "test",
];
/// The beginnings of such routes.
const APART: [&str; 2] = ["/v1/audit", "/v1/connectivity-tests"];

/// What an administrator causes, and the first things that a cluster shows.
const EVENTS: &str = "ProviderCreated ProviderEnabled ProviderDisabled ProviderDetailsChanged \
    ProviderVisibilityChanged ProviderRemoved DeploymentModeChanged FailoverPolicyChanged \
    ClusterAdded ClusterEndpointChanged ClusterRanked ClusterRemoved RegistryCredentialSet \
    RegistryCredentialRemoved NodeDiscovered NodeLabeled NodeLabelRemoved NodeAvailabilityChanged \
    NodeChangeApplied CertificateImported CertificateReplaced CertificateExpiring \
    CertificateRemoved SecretCreated SecretRotated SecretRemoved SecretAdopted SecretApplied \
    ImageDeclared ImageEnabled ImageDisabled ImageVisibilityChanged ImageWithdrawn \
    OrganizationRegistered \
    OrganizationRenamed OrgAssociated OrgDissociated ProfileDefined ProfileChanged ProfileRemoved \
    WorkloadRequested WorkloadPlaced WorkloadUpdated WorkloadScaled WorkloadStopped \
    WorkloadStarted WorkloadRemoved WorkloadApplied WorkloadRunning \
    TokenIssued TokenRevoked RoleGranted RoleRevoked";

fn named(name: &str, pem: &Pem) -> Value {
    let mut body = pem.body();
    body["name"] = json!(name);
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_an_administrator_has_works_over_http_and_is_told_on_nats() {
    let Some(lab) = Lab::enter().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut visitor = Visitor::at(folder.path()).await;
    let paris = with_a_swarm(&mut visitor, &lab).await;
    let acme = visitor.post("/v1/organizations", &[], json!({ "name": "Acme" })).await;
    let acme = id(&acme);
    organizations(&mut visitor, &acme, &paris).await;
    let (image, secret) = offers(&mut visitor, &paris).await;
    adopted(&mut visitor, &lab, &paris).await;
    containers(&mut visitor, &lab, (&acme, &paris), (&image, &secret)).await;
    settings(&mut visitor).await;
    access(&mut visitor, &acme).await;
    documents(&mut visitor).await;
    history(&mut visitor, &paris).await;
    visitor.post("/v1/providers/{id}/disable", &[&paris], json!({})).await;

    let ends = visitor.post("/v1/certificates", &[], named("ends", &Pem::new("ends", 20))).await;
    let Visitor { berth, routes, .. } = visitor;
    assert!(berth.stop().await.success());
    // Whoever starts looks at once for what ends soon.
    let mut visitor = Visitor { routes, ..Visitor::at(folder.path()).await };
    let warned = |it: &Value| it["expiring_within_days"] == json!(30);
    visitor.until("/v1/certificates/{id}", &[&id(&ends)], warned).await;
    every_route_was_used(&visitor.routes);
    let told = told_on_nats(&visitor).await;
    let missing: Vec<_> = EVENTS.split_whitespace().filter(|name| !told.contains(*name)).collect();
    assert!(missing.is_empty(), "never told: {missing:?}");
    assert!(visitor.berth.stop().await.success());
}

/// A certificate that two clusters could use, a provider on a real Swarm, and its nodes.
async fn with_a_swarm(visitor: &mut Visitor, lab: &Lab) -> String {
    let authority = lab.authority().unwrap();
    let client = |name: &str| {
        let Pem { key, certificate } = authority.client(name);
        json!({ "key": key, "certificate": certificate, "ca": authority.certificate })
    };
    let mut first = client("first");
    first["name"] = json!("swarm");
    let certificate = id(&visitor.post("/v1/certificates", &[], first).await);
    let cluster = json!({
        "name": "paris-1", "url": lab.url(0), "certificate_id": certificate,
        "server_name": tests::lab::SERVER_NAME,
    });
    let body = json!({
        "name": "Paris", "kind": "swarm", "visibility": "public", "deployment_mode": "single",
        "comments": "near the Seine", "clusters": [cluster],
    });
    let paris = id(&visitor.post("/v1/providers", &[], body).await);
    visitor.put("/v1/certificates/{id}", &[&certificate], client("berth")).await;
    let uses = |it: &Value| it["used_by"][0]["provider_id"] == json!(paris);
    visitor.until("/v1/certificates/{id}", &[&certificate], uses).await;
    visitor.list("/v1/certificates", &[]).await;
    let spare = visitor.post("/v1/certificates", &[], named("spare", &Pem::new("spare", 90))).await;
    visitor.delete("/v1/certificates/{id}", &[&id(&spare)]).await;

    visitor.post("/v1/providers/{id}/enable", &[&paris], json!({})).await;
    let all = |page: &Value| page["items"].as_array().is_some_and(|nodes| nodes.len() == 3);
    let nodes = visitor.until("/v1/providers/{id}/nodes", &[&paris], all).await;
    let node = id(&nodes["items"][1]);
    let (one, label) =
        ("/v1/providers/{id}/nodes/{node_id}", "/v1/providers/{id}/nodes/{node_id}/labels/{key}");
    visitor.put(label, &[&paris, &node, "zone"], json!({ "value": "a" })).await;
    let follows = |node: &Value| node["owned_labels"]["zone"]["applied"] == json!(true);
    visitor.until(one, &[&paris, &node], follows).await;
    let labels = visitor.list("/v1/providers/{id}/labels", &[&paris]).await;
    assert!(labels.contains(&json!({ "label": "zone", "values": ["a"] })), "{labels:?}");
    visitor.delete(label, &[&paris, &node, "zone"]).await;
    for availability in ["pause", "active"] {
        let body = json!({ "availability": availability });
        let route = "/v1/providers/{id}/nodes/{node_id}/availability";
        visitor.put(route, &[&paris, &node], body).await;
        let follows = |node: &Value| node["availability"] == json!(availability);
        visitor.until(one, &[&paris, &node], follows).await;
    }
    paris
}

async fn organizations(visitor: &mut Visitor, acme: &str, paris: &str) {
    visitor.patch("/v1/organizations/{id}", &[acme], json!({ "name": "Apex" })).await;
    visitor.until("/v1/organizations/{id}", &[acme], |it| it["name"] == json!("Apex")).await;
    visitor.list("/v1/organizations", &[]).await;
    let association = "/v1/organizations/{id}/providers/{provider_id}";
    visitor.put(association, &[acme, paris], json!({})).await;
    visitor.delete(association, &[acme, paris]).await;
    visitor.put(association, &[acme, paris], json!({})).await;
    let change = json!({ "visibility": "private", "name": "Paris Nord" });
    visitor.patch("/v1/providers/{id}", &[paris], change).await;
    let private = |it: &Value| it["visibility"] == json!("private");
    let shown = visitor.until("/v1/providers/{id}", &[paris], private).await;
    assert_eq!(shown["organizations"], json!([{ "id": acme, "name": "Apex" }]));
    visitor.list("/v1/organizations/{id}/providers", &[acme]).await;
    visitor.list("/v1/providers", &[]).await;
}

/// An image and a secret of the provider; others come and go.
async fn offers(visitor: &mut Visitor, paris: &str) -> (String, String) {
    let (images, image) = ("/v1/providers/{id}/images", "/v1/providers/{id}/images/{image_id}");
    let declare = |reference: &str| json!({ "reference": reference, "visibility": "private" });
    let kept = id(&visitor.post(images, &[paris], declare("localhost:1/demo:1")).await);
    let of = [paris, &kept];
    for verb in ["enable", "disable", "enable"] {
        visitor.post(&format!("{image}/{verb}"), &of, json!({})).await;
    }
    let public = json!({ "visibility": "public" });
    visitor.put(&format!("{image}/visibility"), &of, public).await;
    let shown =
        |it: &Value| (&it["state"], &it["visibility"]) == (&json!("enabled"), &json!("public"));
    visitor.until(image, &of, shown).await;
    visitor.list(images, &[paris]).await;
    let catalog = visitor.get("/v1/providers/{id}/images/export", &[paris]).await;
    visitor.post("/v1/providers/{id}/images/import", &[paris], catalog).await;
    let other = id(&visitor.post(images, &[paris], declare("localhost:1/other:1")).await);
    visitor.delete(image, &[paris, &other]).await;

    let (secrets, secret) =
        ("/v1/providers/{id}/secrets", "/v1/providers/{id}/secrets/{secret_id}");
    let value = || format!("{:032x}", rand::random::<u128>());
    let create = |name: &str| json!({ "name": name, "value": value() });
    let held = id(&visitor.post(secrets, &[paris], create("db")).await);
    visitor.post(&format!("{secret}/rotate"), &[paris, &held], json!({ "value": value() })).await;
    let is_there = |it: &Value| {
        let on = &it["clusters"][0];
        (&it["version"], &on["state"]) == (&json!(2), &json!("applied"))
            && on["version"] == it["value_version"]
    };
    visitor.until(secret, &[paris, &held], is_there).await;
    visitor.list(secrets, &[paris]).await;
    let other = id(&visitor.post(secrets, &[paris], create("other")).await);
    visitor.delete(secret, &[paris, &other]).await;

    let registry = "/v1/providers/{id}/registries/{registry}";
    let login = json!({ "username": "robot", "password": value() });
    visitor.put(registry, &[paris, "registry.example"], login).await;
    let registries = visitor.list("/v1/providers/{id}/registries", &[paris]).await;
    assert_eq!(registries[0]["username"], json!("robot"));
    visitor.get(registry, &[paris, "registry.example"]).await;
    visitor.delete(registry, &[paris, "registry.example"]).await;
    (kept, held)
}

/// A secret that somebody made by hand.
async fn adopted(visitor: &mut Visitor, lab: &Lab, paris: &str) {
    let called = lab.make(OrganizationId(Uuid::nil()), "by-hand");
    let clusters = visitor.list("/v1/providers/{id}/clusters", &[paris]).await;
    let cluster = text(&clusters[0], "id");
    let route = "/v1/providers/{id}/clusters/{cluster_id}/secrets";
    let shown = visitor.list(route, &[paris, &cluster]).await;
    let theirs = shown.iter().find(|it| it["name"] == json!(called)).unwrap();
    let body = json!({ "name": "adopted", "value": crate::keeper::value() });
    let of = [paris, &cluster, &text(theirs, "native_id")];
    visitor.post(&format!("{route}/{{native_id}}/adopt"), &of, body).await;
}

/// Profiles, and a workload of one that asks for no secrets.
async fn containers(
    visitor: &mut Visitor,
    lab: &Lab,
    (acme, paris): (&str, &str),
    (image, secret): (&str, &str),
) {
    let profiles = "/v1/organizations/{id}/profiles";
    let profile = "/v1/organizations/{id}/profiles/{profile_id}";
    let unlike = json!([{ "label": "Type", "operator": "NOT_EQUAL", "value": "GPU" }]);
    let draft = json!({ "provider_id": paris, "constraints": unlike });
    let route = "/v1/organizations/{id}/profiles/preview";
    let preview = visitor.post(route, &[acme], draft).await;
    assert_eq!((&preview["matching"], &preview["nodes"]), (&json!(3), &json!(3)));
    let body = json!({
        "name": "web", "provider_id": paris, "image_id": image, "replicas": 1,
        "command": ["sleep", "1000"], "environment": { "LANG": "C.UTF-8" },
        "secrets": [{ "secret_id": secret, "target": "db" }], "constraints": unlike,
        "resources": { "cpu_millicores": 100, "memory_bytes": 16_777_216 },
    });
    let web = id(&visitor.post(profiles, &[acme], body).await);
    visitor.list(profiles, &[acme]).await;
    visitor.post(&format!("{profile}/preview"), &[acme, &web], json!({})).await;
    visitor.patch(profile, &[acme, &web], json!({ "replicas": 3 })).await;
    visitor.until(profile, &[acme, &web], |it| it["replicas"] == json!(3)).await;

    let plain = json!({ "name": "plain", "provider_id": paris, "image_id": image, "replicas": 1 });
    let plain = id(&visitor.post(profiles, &[acme], plain).await);
    workload::lives(visitor, lab, acme, &plain).await;
    visitor.delete(profile, &[acme, &plain]).await;
    visitor.delete(profile, &[acme, &web]).await;
}

/// What is set on a provider that nothing runs on.
async fn settings(visitor: &mut Visitor) {
    let token = || format!("t{:032x}", rand::random::<u128>());
    let (one, clusters) = ("/v1/providers/{id}", "/v1/providers/{id}/clusters");
    let body = json!({
        "name": "Lyon", "kind": "kubernetes", "visibility": "public",
        "deployment_mode": "active_passive",
        "clusters": [{ "name": "a", "url": "https://a.internal:6443", "token": token() }],
    });
    let lyon = id(&visitor.post("/v1/providers", &[], body).await);
    let config = Pem::new("admin", 90).kubeconfig("https://b.internal:6443", &token());
    let added = json!({ "name": "b", "kubeconfig": config });
    let second = id(&visitor.post(clusters, &[&lyon], added).await);
    let cluster = "/v1/providers/{id}/clusters/{cluster_id}";
    let change = json!({ "server_name": "b.example", "weight": 7 });
    visitor.patch(cluster, &[&lyon, &second], change).await;
    visitor.patch(clusters, &[&lyon], json!({ "primary": second })).await;
    let primary = |it: &Value| it["role"] == json!("primary");
    visitor.until(cluster, &[&lyon, &second], primary).await;
    visitor.list(clusters, &[&lyon]).await;
    visitor.delete(cluster, &[&lyon, &second]).await;
    visitor.patch(one, &[&lyon], json!({ "deployment_mode": "active_active" })).await;
    let policy = "/v1/providers/{id}/failover-policy";
    visitor.patch(policy, &[&lyon], json!({ "failover": "approved" })).await;
    visitor.until(policy, &[&lyon], |it| it["failover"] == json!("approved")).await;
    visitor.delete(one, &[&lyon]).await;
}

async fn access(visitor: &mut Visitor, acme: &str) {
    let issued = visitor.post("/v1/tokens", &[], json!({ "principal": { "name": "Robin" } })).await;
    let (token, robin) = (id(&issued), text(&issued, "principal_id"));
    let grant = json!({ "principal_id": robin, "role": "member", "organization_id": acme });
    let role = id(&visitor.post("/v1/roles", &[], grant).await);
    visitor.until("/v1/roles/{id}", &[&role], |it| it["role"] == json!("member")).await;
    assert_eq!(visitor.berth.status_as(&text(&issued, "token"), "/v1/providers").await, 200);
    visitor.list("/v1/roles", &[]).await;
    visitor.list("/v1/tokens", &[]).await;
    visitor.get("/v1/tokens/{id}", &[&token]).await;
    visitor.delete("/v1/roles/{id}", &[&role]).await;
    visitor.delete("/v1/tokens/{id}", &[&token]).await;
    assert_eq!(visitor.berth.status_as(&text(&issued, "token"), "/v1/me").await, 401);
    visitor.patch("/v1/principals/{id}", &[&robin], json!({ "name": "Kim" })).await;
    visitor.get("/v1/principals/{id}", &[&robin]).await;
    visitor.list("/v1/principals", &[]).await;
    visitor.delete("/v1/principals/{id}", &[&robin]).await;
    visitor.get("/v1/me", &[]).await;
}

/// What is there for machines, and for those who run it.
async fn documents(visitor: &mut Visitor) {
    for route in ["/openapi.json", "/asyncapi.json", "/healthz", "/metrics", "/problems"] {
        visitor.get(route, &[]).await;
    }
    visitor.get("/schemas/events/{type}/{version}", &["NodeLabeled", "1"]).await;
    visitor.get("/problems/{code}", &["still-used"]).await;
    visitor.until("/readyz", &[], |it| it["status"] == json!("ready")).await;
}

async fn history(visitor: &mut Visitor, paris: &str) {
    visitor.list("/v1/providers/{id}/history", &[paris]).await;
    visitor.list("/v1/events", &[]).await;
    let path = format!("/v1/providers/{paris}/history/diff?from=0");
    let diff = visitor.berth.get(&path).await;
    assert!(diff["subjects"].as_array().is_some_and(|all| all.len() > 3), "{diff}");
    visitor.routes.insert("GET /v1/providers/{id}/history/diff".to_owned());
    let stream = visitor.client.get(format!("{}/v1/events/stream", visitor.berth.url));
    let stream = stream.bearer_auth(visitor.berth.token()).header("Last-Event-ID", "2");
    let mut stream = stream.send().await.unwrap();
    let mut heard = String::new();
    while !heard.contains("id: 3\n") {
        let chunk = timeout(SOON, stream.chunk()).await.unwrap().unwrap();
        heard += &String::from_utf8_lossy(&chunk.unwrap());
    }
    assert!(!heard.contains("id: 2\n"), "it goes on where it was");
    visitor.routes.insert("GET /v1/events/stream".to_owned());
}

fn every_route_was_used(used: &BTreeSet<String>) {
    let is_elsewhere = |path: &str| {
        let last = path.rsplit('/').next().unwrap_or_default();
        ELSEWHERE.contains(&last) || APART.iter().any(|start| path.starts_with(start))
    };
    let routes = api::routes::TABLE.iter().filter(|entry| !is_elsewhere(entry.path));
    let left: Vec<String> = routes
        .map(|entry| format!("{} {}", entry.method, entry.path))
        .filter(|route| !used.contains(route))
        .collect();
    assert!(left.is_empty(), "no step of this story uses these: {left:#?}");
}

/// The types of events that the stream on NATS has, each message held against the log.
async fn told_on_nats(visitor: &Visitor) -> BTreeSet<String> {
    let mut log = vec![];
    let mut path = "/v1/events?limit=200".to_owned();
    loop {
        let page = visitor.berth.get(&path).await;
        log.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/events?limit=200&cursor={cursor}");
    }
    let context = async_nats::jetstream::new(visitor.berth.subscriber().await);
    let mut stream = context.get_stream("BERTH_EVENTS").await.unwrap();
    let last = u64::try_from(log.len()).unwrap();
    eventually("every event is published", async || {
        (stream.info().await.unwrap().state.messages >= last).then_some(())
    })
    .await;
    let mut types = BTreeSet::new();
    for (number, event) in log.iter().enumerate() {
        let message = stream.get_raw_message(u64::try_from(number).unwrap() + 1).await.unwrap();
        let told: Value = serde_json::from_slice(&message.payload).unwrap();
        assert_eq!(told["data"], *event);
        assert_eq!(event["position"], json!(number + 1));
        let r#type = text(event, "type");
        let subject: Vec<&str> = message.subject.split('.').collect();
        let stream: Uuid = subject[4].parse().unwrap();
        assert!(text(event, "stream").ends_with(&stream.to_string()), "{}", message.subject);
        assert_eq!((subject[..2].join("."), subject[5]), ("berth.v1".to_owned(), &*r#type));
        types.insert(r#type);
    }
    types
}
