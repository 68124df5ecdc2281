//! Every field of profiles and workloads: what is wrong is named, with its rule, and leaves no
//! event.

use super::{
    bad_input::{names, with},
    server::{Reply, Server},
    tenant::{Tenant, problem, refused},
};
use reqwest::Method;
use serde_json::{Value, json};
use tests::harness::Database;
use uuid::Uuid;

/// A field, what is put there (nothing takes it away), and the place and rule that are named.
type Wrong = (&'static str, Option<Value>, &'static str, &'static str);

fn at(field: &'static str, value: Value, rule: &'static str) -> Wrong {
    (field, Some(value), field, rule)
}

/// What is wrong with an id, wherever one stands.
fn ids(field: &'static str) -> Vec<Wrong> {
    let mut wrong = vec![(field, None, field, "missing"), at(field, json!(1), "type")];
    for text in
        ["", "x", "0193000000007000800000000000abcd", "{01930000-0000-7000-8000-00000000abcd}"]
    {
        wrong.push(at(field, json!(text), "uuid"));
    }
    wrong
}

fn replicas() -> Vec<Wrong> {
    vec![
        at("/replicas", json!("1"), "type"),
        at("/replicas", json!(1.5), "type"),
        at("/replicas", json!(-1), "type"),
        at("/replicas", json!(null), "type"),
        at("/replicas", json!(4_294_967_296_u64), "type"),
        at("/replicas", json!(0), "range"),
        at("/replicas", json!(1001), "range"),
    ]
}

fn commands() -> Vec<Wrong> {
    let field = |value: Value, place, rule| ("/command", Some(value), place, rule);
    vec![
        at("/command", json!("sh -c true"), "type"),
        at("/command", json!(null), "type"),
        field(json!([1]), "/command/0", "type"),
        field(json!([""]), "/command/0", "empty"),
        field(json!(["sh", "a\u{0}b"]), "/command/1", "unprintable"),
        field(json!(["sh", "\u{202e}"]), "/command/1", "unprintable"),
        field(json!(["sh", "x".repeat(4097)]), "/command/1", "too_long"),
        at("/command", json!(vec!["a"; 65]), "too_many"),
    ]
}

fn environments() -> Vec<Wrong> {
    let field = |value: Value, place, rule| ("/environment", Some(value), place, rule);
    let many: Value = (0..129).map(|n| (format!("V{n}"), json!("x"))).collect();
    vec![
        at("/environment", json!([]), "type"),
        at("/environment", json!("A=b"), "type"),
        at("/environment", json!(null), "type"),
        field(json!({"A": 1}), "/environment/A", "type"),
        field(json!({"A": "a\u{0}"}), "/environment/A", "unprintable"),
        field(json!({"A": "x".repeat(4097)}), "/environment/A", "too_long"),
        at("/environment", json!({"": "x"}), "variable"),
        at("/environment", json!({"A-B": "x"}), "variable"),
        at("/environment", json!({"1A": "x"}), "variable"),
        at("/environment", json!({"A=B": "x"}), "variable"),
        at("/environment", json!({"x".repeat(129): "x"}), "variable"),
        at("/environment", many, "too_many"),
    ]
}

fn secrets() -> Vec<Wrong> {
    let id = Uuid::nil();
    let mount = |target: Value| json!([{"secret_id": id, "target": target}]);
    let field = |value: Value, place, rule| ("/secrets", Some(value), place, rule);
    let twice = json!([{"secret_id": id, "target": "a"}, {"secret_id": id, "target": "a"}]);
    let mut wrong = vec![
        at("/secrets", json!({}), "type"),
        at("/secrets", json!(null), "type"),
        field(json!(["a"]), "/secrets/0", "type"),
        field(json!([{"target": "a"}]), "/secrets/0/secret_id", "missing"),
        field(json!([{"secret_id": "x", "target": "a"}]), "/secrets/0/secret_id", "uuid"),
        field(json!([{"secret_id": id}]), "/secrets/0/target", "missing"),
        field(json!([{"secret_id": id, "target": "a", "mode": 1}]), "/secrets/0/mode", "unknown"),
        field(mount(json!(1)), "/secrets/0/target", "type"),
        field(twice, "/secrets/1/target", "unique"),
    ];
    for target in ["", ".", "..", "..data", "a/b", "/etc/passwd", "-a", "é", "a\u{0}"] {
        wrong.push(field(mount(json!(target)), "/secrets/0/target", "file_name"));
    }
    wrong.push(field(mount(json!("x".repeat(129))), "/secrets/0/target", "file_name"));
    let many: Vec<Value> =
        (0..33).map(|n| json!({"secret_id": id, "target": format!("f{n}")})).collect();
    wrong.push(at("/secrets", json!(many), "too_many"));
    wrong
}

fn resources() -> Vec<Wrong> {
    let (cpu, memory) = ("/resources/cpu_millicores", "/resources/memory_bytes");
    let mut wrong = vec![
        at("/resources", json!([]), "type"),
        at("/resources", json!(null), "type"),
        ("/resources/disk", Some(json!(1)), "/resources/disk", "unknown"),
    ];
    for field in [cpu, memory] {
        wrong.extend([
            at(field, json!(null), "type"),
            at(field, json!("1"), "type"),
            at(field, json!(0.5), "type"),
            at(field, json!(-1), "type"),
            at(field, json!(0), "range"),
            at(field, json!(u64::MAX), "range"),
        ]);
    }
    wrong.extend([
        at(cpu, json!(9), "range"),
        at(cpu, json!(1_024_001), "range"),
        at(memory, json!(6_291_455), "range"),
        at(memory, json!(70_368_744_177_665_u64), "range"),
    ]);
    wrong
}

fn one(label: Value, operator: Value, value: Value) -> Value {
    json!({"label": label, "operator": operator, "value": value})
}

fn constraints() -> Vec<Wrong> {
    let equal = |value: &str| one(json!("Type"), json!("EQUAL"), json!(value));
    let not_equal = |value: &str| one(json!("Type"), json!("NOT_EQUAL"), json!(value));
    let field = |value: Value, place, rule| ("/constraints", Some(value), place, rule);
    let (label, operator, value) =
        ("/constraints/0/label", "/constraints/0/operator", "/constraints/0/value");
    let mut wrong = vec![
        at("/constraints", json!({}), "type"),
        at("/constraints", json!("Type EQUAL GPU"), "type"),
        at("/constraints", json!(null), "type"),
        field(json!(["a"]), "/constraints/0", "type"),
        field(json!([{"operator": "EQUAL", "value": "a"}]), label, "missing"),
        field(json!([{"label": "ab", "value": "a"}]), operator, "missing"),
        field(json!([{"label": "ab", "operator": "EQUAL"}]), value, "missing"),
        field(json!([one(json!("ab"), json!("LIKE"), json!("a"))]), operator, "unknown_value"),
        field(json!([one(json!("ab"), json!("equal"), json!("a"))]), operator, "unknown_value"),
        field(json!([one(json!("ab"), json!(1), json!("a"))]), operator, "type"),
        field(json!([equal("a"), equal("a")]), "/constraints/1", "unique"),
        field(json!([equal("a"), equal("b")]), "/constraints/1", "contradiction"),
        field(json!([equal("a"), not_equal("a")]), "/constraints/1", "contradiction"),
        field(json!([not_equal("a"), equal("a")]), "/constraints/1", "contradiction"),
    ];
    for (text, rule) in
        [("", "length"), ("a b", "characters"), ("-a", "ends"), ("a\u{0}", "characters")]
    {
        let (text, fine) = (json!(text), json!("ab"));
        wrong.push(field(json!([one(text.clone(), json!("EQUAL"), fine.clone())]), label, rule));
        wrong.push(field(json!([one(fine, json!("EQUAL"), text)]), value, rule));
    }
    let many: Vec<Value> = (0..33).map(|n| not_equal(&format!("v{n}"))).collect();
    wrong.push(at("/constraints", json!(many), "too_many"));
    wrong
}

fn of_a_profile() -> Vec<Wrong> {
    let named = names().into_iter().map(|(value, rule)| ("/name", value, "/name", rule));
    let missing = ["/replicas"].map(|field| (field, None, field, "missing"));
    let mut wrong: Vec<Wrong> = named.chain(missing).collect();
    for more in [
        ids("/provider_id"),
        ids("/image_id"),
        replicas(),
        commands(),
        environments(),
        secrets(),
        resources(),
        constraints(),
    ] {
        wrong.extend(more);
    }
    wrong.push(at("/colour", json!("red"), "unknown"));
    wrong
}

/// One request that must be refused: method, path, body, the field and the rule.
type Case = (Method, String, Value, &'static str, &'static str);

async fn cases(tenant: &Tenant<'_>) -> Vec<Case> {
    let profile = tenant.defined("web").await;
    let workload = tenant.requested("shop", &profile).await;
    let mut cases: Vec<Case> = vec![];
    let one = tenant.path(&format!("profiles/{profile}"));
    for (field, value, place, rule) in of_a_profile() {
        let body = with(tenant.profile("refused"), field, value.clone());
        cases.push((Method::POST, tenant.path("profiles"), body, place, rule));
        // A change leaves out what it does not change, and never moves to another provider.
        if value.is_some() && field != "/provider_id" {
            let body = with(json!({"resources": {}}), field, value);
            cases.push((Method::PATCH, one.clone(), body, place, rule));
        }
    }
    cases.push((
        Method::PATCH,
        one.clone(),
        json!({"provider_id": tenant.provider}),
        "/provider_id",
        "unknown",
    ));
    let draft = || json!({"provider_id": tenant.provider, "constraints": []});
    for (field, value, place, rule) in ids("/provider_id").into_iter().chain(constraints()) {
        let body = with(draft(), field, value.clone());
        cases.push((Method::POST, tenant.path("profiles/preview"), body, place, rule));
        if field == "/constraints" {
            let body = with(json!({}), field, value);
            cases.push((Method::POST, format!("{one}/preview"), body, place, rule));
        }
    }
    let request = || json!({"name": "refused", "profile_id": profile});
    let named = names().into_iter().map(|(value, rule)| ("/name", value, "/name", rule));
    let more = [at("/cluster_id", json!(Uuid::nil()), "unknown")];
    for (field, value, place, rule) in named.chain(ids("/profile_id")).chain(replicas()).chain(more)
    {
        let body = with(request(), field, value);
        cases.push((Method::POST, tenant.path("workloads"), body, place, rule));
    }
    let at = tenant.path(&format!("workloads/{workload}"));
    let missing = ("/replicas", None, "/replicas", "missing");
    for (field, value, place, rule) in replicas().into_iter().chain([missing]) {
        let body = with(json!({"replicas": 1}), field, value);
        cases.push((Method::POST, format!("{at}/scale"), body, place, rule));
    }
    for verb in ["start", "stop", "update"] {
        let body = json!({"force": true});
        cases.push((Method::POST, format!("{at}/{verb}"), body, "/force", "unknown"));
    }
    cases
}

#[tokio::test]
async fn every_wrong_field_of_a_profile_or_workload_is_named_and_leaves_no_event() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let cases = cases(&tenant).await;
    let before = server.head().await;
    for (method, path, body, field, rule) in cases {
        let what = format!("{method} {path} {field} {rule}");
        let reply = Reply::of(server.request(method, &path).json(&body)).await;
        assert_eq!(refused(&reply), problem(422, "invalid-fields"), "{what}: {reply:?}");
        let named = (field.to_owned(), rule.to_owned());
        assert!(reply.errors().contains(&named), "{what}: {reply:?}");
        assert!(!reply.text.contains(&"x".repeat(70)), "{what}: it repeats what was sent");
    }
    assert_eq!(server.head().await, before);
}

#[tokio::test]
async fn command_and_environment_have_a_bound_together() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let profile = tenant.defined("web").await;
    // Each of them is within its own bounds, and within those of a body.
    let words: Vec<String> = (0..10).map(|_| "x".repeat(4000)).collect();
    let variables: Value = (0..7).map(|n| (format!("V{n}"), json!("é".repeat(2000)))).collect();
    let before = server.head().await;
    let path = tenant.path(&format!("profiles/{profile}"));
    assert_eq!(server.patch(&path, &json!({"environment": variables})).await.status, 202);
    let reply = server.patch(&path, &json!({"command": words})).await;
    assert_eq!(refused(&reply), problem(422, "profile-too-large"));
    assert_eq!(server.head().await, before + 1);
}

#[tokio::test]
async fn every_wrong_parameter_is_named() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    for (path, field) in [
        ("profiles?provider_id=x", "provider_id"),
        ("profiles?image_id=", "image_id"),
        ("profiles?colour=red", "colour"),
        ("profiles?sort=replicas", "sort"),
        ("profiles/not-a-uuid", "profile_id"),
        ("workloads?profile_id=1", "profile_id"),
        ("workloads?cluster_id=1", "cluster_id"),
        ("workloads?state=asleep", "state"),
        ("workloads?limit=0", "limit"),
        ("workloads?cursor=AAAA", "cursor"),
        ("workloads/not-a-uuid", "workload_id"),
    ] {
        let reply = server.get(&tenant.path(path)).await;
        assert_eq!(refused(&reply), problem(400, "malformed-parameter"), "{path}");
        assert_eq!(reply.errors()[0].0, field, "{path}");
    }
    for path in ["profiles/preview?at_least=x", "profiles/preview?force=1"] {
        let draft = json!({"provider_id": tenant.provider});
        let reply = server.post(&tenant.path(path), &draft).await;
        assert_eq!(refused(&reply), problem(400, "malformed-parameter"), "{path}");
    }
}
