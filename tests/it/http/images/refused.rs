//! Every field of every request about images: what is wrong is named, and leaves no event.

use super::{Reply, declared, image, stage};
use reqwest::Method;
use serde_json::{Value, json};

/// What is wrong with a reference, and which rule that is.
fn references() -> Vec<(Value, &'static str)> {
    let digest = |digits: usize| format!("app@sha256:{}", "a".repeat(digits));
    vec![
        (json!(7), "type"),
        (json!(null), "type"),
        (json!(["nginx"]), "type"),
        (json!(""), "empty"),
        (json!("x".repeat(300)), "too_long"),
        (json!("x".repeat(100_000 / 2)), "too_long"),
        (json!("a".repeat(64)), "identifier"),
        (json!("registry..example/app"), "registry"),
        (json!("registry.example:0/app"), "registry"),
        (json!("https://registry.example/app"), "registry"),
        (json!("Nginx"), "repository"),
        (json!("a b"), "repository"),
        (json!(" nginx"), "repository"),
        (json!("nginx\n"), "repository"),
        (json!("ngi\u{0}nx"), "repository"),
        (json!("ngi\u{202e}nx"), "repository"),
        (json!("nginx:"), "tag"),
        (json!(format!("nginx:{}", "t".repeat(129))), "tag"),
        (json!("nginx@"), "digest"),
        (json!(digest(63)), "digest"),
        (json!("nginx@md5:0123456789abcdef0123456789abcdef"), "digest"),
    ]
}

/// What is wrong with a visibility.
fn visibilities() -> Vec<(Value, &'static str)> {
    vec![(json!(1), "type"), (json!(null), "type"), (json!("secret"), "unknown_value")]
}

fn of_an_entry() -> Vec<(&'static str, Value, &'static str)> {
    let mut wrong = vec![];
    for (value, rule) in references() {
        let mut body = image("nginx");
        body["reference"] = value;
        wrong.push(("/reference", body, rule));
    }
    for (value, rule) in visibilities() {
        let mut body = image("nginx");
        body["visibility"] = value;
        wrong.push(("/visibility", body, rule));
    }
    wrong.push(("/reference", json!({"visibility": "public"}), "missing"));
    wrong.push(("/visibility", json!({"reference": "nginx"}), "missing"));
    wrong.push(("/id", json!({"reference": "a", "visibility": "public", "id": 1}), "unknown"));
    wrong
}

#[tokio::test]
async fn every_wrong_field_is_named_with_its_rule_and_leaves_no_event() {
    let (server, images) = stage().await;
    let path = declared(&server, &images, "busybox").await;
    let import = format!("{images}/import");
    let mut cases: Vec<(Method, String, Value, String, &str)> = vec![];
    for (field, body, rule) in of_an_entry() {
        let catalog = json!({"images": [image("redis"), body]});
        let place = format!("/images/1{field}");
        cases.push((Method::POST, import.clone(), catalog, place, rule));
        cases.push((Method::POST, images.clone(), body, field.to_owned(), rule));
    }
    let enabled = json!({"reference": "a", "visibility": "public", "state": "enabled"});
    let field = || "/state".to_owned();
    cases.push((Method::POST, images.clone(), enabled, field(), "unknown"));
    for (state, rule) in
        [(json!("on"), "unknown_value"), (json!(true), "type"), (json!(null), "type")]
    {
        let entry = json!({"reference": "a", "visibility": "public", "state": state});
        let catalog = json!({ "images": [entry] });
        cases.push((Method::POST, import.clone(), catalog, "/images/0/state".to_owned(), rule));
    }
    let many: Vec<Value> = (0..1001).map(|number| image(&format!("a:{number}"))).collect();
    for (body, field, rule) in [
        (json!({}), "/images", "missing"),
        (json!({"images": {}}), "/images", "type"),
        (json!({"images": null}), "/images", "type"),
        (json!({"images": ["nginx"]}), "/images/0", "type"),
        (json!({"images": [], "force": true}), "/force", "unknown"),
        (json!({"images": many}), "/images", "too_many"),
        (
            json!({"images": [image("a"), image("b"), image("docker.io/library/a:latest")]}),
            "/images/2/reference",
            "unique",
        ),
    ] {
        cases.push((Method::POST, import.clone(), body, field.to_owned(), rule));
    }
    let visibility = format!("{path}/visibility");
    for (value, rule) in visibilities() {
        let body = json!({ "visibility": value });
        cases.push((Method::PUT, visibility.clone(), body, "/visibility".to_owned(), rule));
    }
    cases.push((Method::PUT, visibility, json!({}), "/visibility".to_owned(), "missing"));
    for verb in ["enable", "disable"] {
        let (path, body) = (format!("{path}/{verb}"), json!({"force": true}));
        cases.push((Method::POST, path, body, "/force".to_owned(), "unknown"));
    }
    cases.push((Method::DELETE, path, json!({"force": true}), "/force".to_owned(), "unknown"));

    let before = server.head().await;
    for (method, path, body, field, rule) in cases {
        let what = format!("{method} {path} {field} {rule}");
        let reply = Reply::of(server.request(method, &path).json(&body)).await;
        assert_eq!((reply.status, reply.problem().as_str()), (422, "invalid-fields"), "{what}");
        let named = (field, rule.to_owned());
        assert!(reply.errors().contains(&named), "{what}: {reply:?}");
        assert!(!reply.text.contains(&"x".repeat(70)), "{what}: it repeats what was sent");
    }
    assert_eq!(server.head().await, before);
}

#[tokio::test]
async fn an_id_that_is_none_is_a_malformed_parameter() {
    let (server, images) = stage().await;
    for reply in [
        server.get(&format!("{images}/nginx")).await,
        server.delete(&format!("{images}/nginx")).await,
        server.get("/v1/providers/paris/images").await,
        server.get(&format!("{images}/export?cursor=nonsense")).await,
        server.get(&format!("{images}/export?limit=7")).await,
        server.post(&format!("{images}/import?force=1"), &json!({"images": []})).await,
    ] {
        assert_eq!((reply.status, reply.problem().as_str()), (400, "malformed-parameter"));
    }
}
