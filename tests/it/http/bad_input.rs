//! Every field of every request: what is wrong is named, with its rule, and leaves no event.

use super::server::{BODY_BYTES_MAX, Reply, Server, cluster, provider};
use reqwest::Method;
use serde_json::{Value, json};
use tests::harness::Database;

/// A body with one field changed; `Value::Null` given as `None` takes it away.
pub(super) fn with(mut body: Value, field: &str, value: Option<Value>) -> Value {
    let (parent, name) = field.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(parent), Some(value)) => drop(parent.insert(name.to_owned(), value)),
        (Value::Object(parent), None) => drop(parent.remove(name)),
        (Value::Array(parent), Some(value)) => parent[name.parse::<usize>().unwrap()] = value,
        (parent, _) => panic!("{field} is not in {parent}"),
    }
    body
}

/// One request that must be refused: method, path, body, the field and the rule.
type Case = (Method, String, Value, &'static str, &'static str);

fn long(characters: usize) -> Option<Value> {
    Some(json!("x".repeat(characters)))
}

/// What is wrong with a name, and which rule that is.
pub(super) fn names() -> Vec<(Option<Value>, &'static str)> {
    vec![
        (None, "missing"),
        (Some(json!(7)), "type"),
        (Some(json!(null)), "type"),
        (Some(json!(["a"])), "type"),
        (Some(json!("")), "empty"),
        (long(101), "too_long"),
        (Some(json!("a\u{0}b")), "unprintable"),
        (Some(json!("a\nb")), "unprintable"),
        (Some(json!("a\u{202e}b")), "unprintable"),
        (Some(json!(" a")), "padded"),
    ]
}

fn of_a_provider() -> Vec<Case> {
    let body = || provider("Refused");
    let mut wrong: Vec<(&str, Option<Value>, &str)> =
        names().into_iter().map(|(value, rule)| ("/name", value, rule)).collect();
    for field in ["/kind", "/visibility", "/deployment_mode"] {
        wrong.push((field, None, "missing"));
        wrong.push((field, Some(json!(1)), "type"));
        wrong.push((field, Some(json!("podman")), "unknown_value"));
        wrong.push((field, long(5000), "unknown_value"));
    }
    wrong.extend([
        ("/comments", Some(json!(1)), "type"),
        ("/comments", long(4001), "too_long"),
        ("/comments", Some(json!("a\u{7}")), "unprintable"),
        ("/clusters", None, "missing"),
        ("/clusters", Some(json!({})), "type"),
        ("/clusters/0", Some(json!("http://a")), "type"),
        ("/colour", Some(json!("red")), "unknown"),
        ("/id", Some(json!("x")), "unknown"),
    ]);
    let mut cases: Vec<Case> = wrong
        .into_iter()
        .map(|(field, value, rule)| {
            let body = with(body(), field, value);
            (Method::POST, "/v1/providers".to_owned(), body, field, rule)
        })
        .collect();
    let many: Vec<Value> = (1..=101).map(cluster).collect();
    let twice = |second: Value| with(body(), "/clusters", Some(json!([cluster(1), second])));
    let single = with(twice(cluster(2)), "/deployment_mode", Some(json!("single")));
    let same_name = json!({"name": "C1", "url": "http://10.9.0.2:2375"});
    let ranked = |number| with(cluster(number), "/rank", Some(json!(3)));
    let same_rank = with(body(), "/clusters", Some(json!([ranked(1), ranked(2)])));
    let same_url = with(cluster(2), "/url", Some(json!("HTTP://10.9.0.1:2375/")));
    for (body, field, rule) in [
        (with(body(), "/clusters", Some(json!(many))), "/clusters", "too_many"),
        (single, "/clusters", "too_many"),
        (twice(same_name), "/clusters/1/name", "unique"),
        (same_rank, "/clusters/1/rank", "unique"),
        (twice(same_url), "/clusters/1/url", "unique"),
    ] {
        cases.push((Method::POST, "/v1/providers".to_owned(), body, field, rule));
    }
    cases
}

/// What is wrong with a cluster, with the place of each field in it.
fn of_a_cluster() -> Vec<(&'static str, Option<Value>, &'static str)> {
    let mut wrong: Vec<(&str, Option<Value>, &str)> =
        names().into_iter().map(|(value, rule)| ("/name", value, rule)).collect();
    for (url, rule) in [
        ("no url", "scheme"),
        ("ftp://a", "scheme"),
        ("http://", "host"),
        ("http://a b", "host"),
        ("http://256.1.1.1", "host"),
        ("http://2130706433", "host"),
        ("http://a:0", "port"),
        ("http://a:99999", "port"),
        ("http://user:word@a", "extra"),
        ("http://a/?x=1", "extra"),
        ("http://a/../b", "path"),
        ("http://a\u{0}b", "host"),
        ("http://169.254.169.254/latest", "network"),
        ("https://[fe80::1]:2376", "network"),
        ("https://[::ffff:a9fe:a9fe]", "network"),
        ("http://0.0.0.0:2375", "network"),
        ("https://[ff02::1]", "network"),
    ] {
        wrong.push(("/url", Some(json!(url)), rule));
    }
    wrong.extend([
        ("/url", None, "missing"),
        ("/url", Some(json!(1)), "type"),
        ("/url", Some(json!(format!("http://{}", "a".repeat(300)))), "too_long"),
        ("/urls", Some(json!("http://a")), "type"),
        ("/urls", Some(json!(null)), "type"),
        ("/urls", Some(json!(vec!["http://a"; 10])), "too_many"),
        ("/server_name", Some(json!(1)), "type"),
        ("/server_name", Some(json!("a b")), "host"),
        ("/server_name", Some(json!("")), "host"),
        ("/rank", Some(json!("1")), "type"),
        ("/rank", Some(json!(1.5)), "type"),
        ("/rank", Some(json!(-1)), "type"),
        ("/rank", Some(json!(0)), "range"),
        ("/rank", Some(json!(1001)), "range"),
        ("/rank", Some(json!(4_294_967_296_u64)), "type"),
        ("/weight", Some(json!(0)), "range"),
        ("/weight", Some(json!(1001)), "range"),
        ("/certificate", Some(json!("pem")), "type"),
        ("/certificate_id", Some(json!("0193")), "uuid"),
        ("/certificate_id", Some(json!(1)), "type"),
        ("/ca", Some(json!("pem")), "pem"),
        ("/ca", Some(json!(1)), "type"),
        ("/token", Some(json!("")), "empty"),
        ("/token", Some(json!(1)), "type"),
        ("/token", Some(json!("a b")), "characters"),
        ("/token", long(16_385), "too_long"),
        ("/kubeconfig", Some(json!(1)), "type"),
        ("/colour", Some(json!("red")), "unknown"),
    ]);
    wrong
}

fn of_changes(provider: &str, cluster: &str, node: &str) -> Vec<Case> {
    let path = format!("/v1/providers/{provider}");
    let cluster = format!("{path}/clusters/{cluster}");
    let label = format!("{path}/nodes/{node}/labels/zone");
    let availability = format!("{path}/nodes/{node}/availability");
    let mut cases = vec![];
    let mut add = |method: Method, path: &str, body: Value, field, rule| {
        cases.push((method, path.to_owned(), body, field, rule));
    };
    for (value, rule) in names().into_iter().skip(1) {
        add(Method::PATCH, &path, json!({ "name": value }), "/name", rule);
        add(Method::POST, "/v1/organizations", json!({ "name": value }), "/name", rule);
    }
    add(Method::POST, "/v1/organizations", json!({}), "/name", "missing");
    add(Method::POST, "/v1/organizations", json!({"name": "a", "id": 1}), "/id", "unknown");
    add(Method::PATCH, &path, json!({"comments": null}), "/comments", "type");
    add(Method::PATCH, &path, json!({"comments": "x".repeat(4001)}), "/comments", "too_long");
    add(Method::PATCH, &path, json!({"comments": "\u{1b}"}), "/comments", "unprintable");
    add(Method::PATCH, &path, json!({"visibility": "secret"}), "/visibility", "unknown_value");
    add(Method::PATCH, &path, json!({"visibility": null}), "/visibility", "type");
    add(Method::PATCH, &path, json!({"kind": "swarm"}), "/kind", "unknown");
    add(Method::POST, &format!("{path}/enable"), json!({"force": true}), "/force", "unknown");
    add(Method::POST, &format!("{path}/disable"), json!([]), "", "type");
    add(Method::PATCH, &cluster, json!({"url": "x"}), "/url", "scheme");
    add(Method::PATCH, &cluster, json!({"url": "http://169.254.1.1"}), "/url", "network");
    add(Method::PATCH, &cluster, json!({"url": null}), "/url", "type");
    add(Method::PATCH, &cluster, json!({"urls": ["http://a", "x"]}), "/urls/1", "scheme");
    add(Method::PATCH, &cluster, json!({"urls": ["http://a", "HTTP://A"]}), "/urls/1", "unique");
    add(Method::PATCH, &cluster, json!({"server_name": "-"}), "/server_name", "host");
    add(Method::PATCH, &cluster, json!({"token": "\u{7}"}), "/token", "characters");
    add(Method::PATCH, &cluster, json!({"rank": 0}), "/rank", "range");
    add(Method::PATCH, &cluster, json!({"ranks": 1}), "/ranks", "unknown");
    for (value, rule) in [
        (json!(1), "type"),
        (json!(null), "type"),
        (json!(""), "length"),
        (json!("x".repeat(64)), "length"),
        (json!("a b"), "characters"),
        (json!("é"), "characters"),
        (json!("a\u{0}"), "characters"),
        (json!("-a"), "ends"),
    ] {
        add(Method::PUT, &label, json!({ "value": value }), "/value", rule);
    }
    add(Method::PUT, &label, json!({}), "/value", "missing");
    add(Method::PUT, &label, json!({"value": "a", "key": "b"}), "/key", "unknown");
    for (key, rule) in [("z", "length"), ("a%20b", "characters"), ("-a", "ends")] {
        let path = format!("{path}/nodes/{node}/labels/{key}");
        add(Method::PUT, &path, json!({"value": "a"}), "key", rule);
        add(Method::DELETE, &path, json!({}), "key", rule);
    }
    add(Method::PUT, &availability, json!({}), "/availability", "missing");
    add(Method::PUT, &availability, json!({"availability": 1}), "/availability", "type");
    let word = json!({"availability": "gone"});
    add(Method::PUT, &availability, word, "/availability", "unknown_value");
    cases
}

#[tokio::test]
async fn every_wrong_field_is_named_with_its_rule_and_leaves_no_event() {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Paris").await;
    let node = server.node(&id).await.to_string();
    let added = server.post(&format!("/v1/providers/{id}/clusters"), &cluster(2)).await;
    let mut cases = of_a_provider();
    for (field, value, rule) in of_a_cluster() {
        let path = format!("/v1/providers/{id}/clusters");
        cases.push((Method::POST, path, with(cluster(3), field, value.clone()), field, rule));
        let body = with(provider("Refused"), &format!("/clusters/0{field}"), value);
        let field: &'static str = format!("/clusters/0{field}").leak();
        cases.push((Method::POST, "/v1/providers".to_owned(), body, field, rule));
    }
    cases.extend(of_changes(&id, &added.text_of("id"), &node));
    let before = server.head().await;
    for (method, path, body, field, rule) in cases {
        let what = format!("{method} {path} {field} {rule}");
        let reply = Reply::of(server.request(method, &path).json(&body)).await;
        assert_eq!((reply.status, reply.problem().as_str()), (422, "invalid-fields"), "{what}");
        let named = (field.to_owned(), rule.to_owned());
        assert!(reply.errors().contains(&named), "{what}: {reply:?}");
        assert!(!reply.text.contains(&"x".repeat(70)), "{what}: it repeats what was sent");
    }
    assert_eq!(server.head().await, before);
}

#[tokio::test]
async fn all_wrong_fields_are_named_at_once() {
    let server = Server::start(Database::create().await.options()).await;
    let mut body = provider("");
    body["comments"] = json!("\u{0}");
    body["clusters"] = json!([{"name": "a", "url": "x", "rank": 0, "token": "a b"}]);
    let fields: Vec<String> = server
        .post("/v1/providers", &body)
        .await
        .errors()
        .into_iter()
        .map(|(field, _)| field)
        .collect();
    let expected =
        ["/name", "/comments", "/clusters/0/rank", "/clusters/0/url", "/clusters/0/token"];
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn a_body_that_is_no_json_or_too_large_is_refused() {
    let server = Server::start(Database::create().await.options()).await;
    let send = async |kind: &str, body: Vec<u8>| {
        let request = server.request(Method::POST, "/v1/organizations");
        Reply::of(request.header("Content-Type", kind).body(body)).await
    };
    for body in ["{", "{\"name\":\"a\"", "{\"name\":\"a\",\"name\":\"b\"}", "{} x", "\u{0}", "'a'"]
    {
        let reply = send("application/json", body.into()).await;
        assert_eq!((reply.status, reply.problem().as_str()), (400, "malformed-json"), "{body:?}");
    }
    let reply = send("application/json", vec![b'"', 0xff, b'"']).await;
    assert_eq!((reply.status, reply.problem().as_str()), (400, "malformed-json"));
    for kind in ["text/plain", "application/xml", "application/json; charset=latin1"] {
        let reply = send(kind, b"{\"name\":\"a\"}".to_vec()).await;
        assert_eq!((reply.status, reply.problem().as_str()), (415, "unsupported-media-type"));
    }
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(BODY_BYTES_MAX));
    let reply = send("application/json", large.clone().into()).await;
    assert_eq!((reply.status, reply.problem().as_str()), (413, "body-too-large"));
    assert_eq!(server.head().await, 0);
}

#[tokio::test]
async fn every_wrong_header_and_parameter_is_named() {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Paris").await;
    let before = server.head().await;
    let path = format!("/v1/providers/{id}/enable");
    for (header, value) in [
        ("if-match", "3"),
        ("if-match", "*"),
        ("if-match", "W/\"3\""),
        ("if-match", "\"3\", \"4\""),
        ("idempotency-key", "a b"),
        ("idempotency-key", ""),
    ] {
        let reply = Reply::of(server.request(Method::POST, &path).header(header, value)).await;
        assert_eq!((reply.status, reply.problem().as_str()), (400, "malformed-header"), "{value}");
        assert_eq!(reply.errors()[0].0, header);
    }
    let key = "k".repeat(129);
    let reply = Reply::of(server.request(Method::POST, &path).header("idempotency-key", key)).await;
    assert_eq!(reply.problem(), "malformed-header");

    for (path, field) in [
        ("/v1/events?limit=0", "limit"),
        ("/v1/events?limit=201", "limit"),
        ("/v1/events?limit=x", "limit"),
        ("/v1/events?after=-1", "after"),
        ("/v1/events?after=1&after=2", "after"),
        ("/v1/events?colour=red", "colour"),
        ("/v1/events?cursor=nonsense", "cursor"),
        ("/v1/events?cursor=AAAA&after=1", "cursor"),
        ("/v1/providers?sort=colour", "sort"),
        ("/v1/providers?state=odd", "state"),
        ("/v1/providers?associable_to=x", "associable_to"),
        ("/v1/providers?name=a%00", "name"),
        ("/v1/providers/not-a-uuid", "id"),
        ("/v1/me?x=1", "x"),
    ] {
        let reply = server.get(path).await;
        assert_eq!(
            (reply.status, reply.problem().as_str()),
            (400, "malformed-parameter"),
            "{path}"
        );
        assert_eq!(reply.errors()[0].0, field, "{path}");
    }
    let path = format!("/v1/providers/{id}/history");
    for (query, field) in [
        ("type=NodeEaten", "type"),
        ("type=", "type"),
        ("actor=me", "actor"),
        ("since=yesterday", "since"),
        ("until=2026-13-01T00:00:00Z", "until"),
    ] {
        let reply = server.get(&format!("{path}?{query}")).await;
        assert_eq!(reply.problem(), "malformed-parameter", "{query}");
        assert_eq!(reply.errors()[0].0, field, "{query}");
    }
    let reply = server.post(&format!("/v1/providers/{id}/enable?force=1"), &json!({})).await;
    assert_eq!(reply.problem(), "malformed-parameter");
    assert_eq!(server.head().await, before);
}
