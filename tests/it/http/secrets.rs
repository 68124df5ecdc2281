//! Secrets of a provider: created, rotated, listed without their values, removed.

use super::{
    server::{Reply, Server},
    tenant::Tenant,
};
use reqwest::Method;
use serde_json::{Value, json};
use tests::harness::Database;
use uuid::Uuid;

/// The most bytes of a value: Docker Swarm refuses one of 500 KiB.
const MOST: usize = 500 * 1024 - 1;

/// A server with a provider, and the path of its secrets.
async fn stage() -> (Server, String) {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Paris").await;
    (server, format!("/v1/providers/{id}/secrets"))
}

/// A value that stands nowhere else.
fn value() -> String {
    format!("{:032x}", rand::random::<u128>())
}

fn secret(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

/// Creates a secret and answers its address.
async fn created(server: &Server, secrets: &str, name: &str) -> String {
    let reply = server.post(secrets, &secret(name, &value())).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    format!("{secrets}/{}", reply.text_of("id"))
}

async fn rotate(server: &Server, path: &str, value: &str) -> Reply {
    server.post(&format!("{path}/rotate"), &json!({ "value": value })).await
}

/// The secret as it is shown after a command.
async fn shown(server: &Server, path: &str, since: &Reply) -> Reply {
    server.get(&format!("{path}?at_least={}", since.position())).await
}

#[tokio::test]
async fn a_secret_is_created_rotated_and_removed_and_its_value_is_never_shown() {
    let (server, secrets) = stage().await;
    let (first, second) = (value(), value());
    let made = server.post(&secrets, &secret("db-password", &first)).await;
    assert_eq!((made.status, made.json()["version"].as_i64()), (201, Some(1)), "{made:?}");
    let path = format!("{secrets}/{}", made.text_of("id"));
    assert_eq!(made.header("location"), format!("{path}?at_least={}", made.position()));
    let before = server.get(made.header("location")).await;
    assert_eq!((before.status, before.header("etag")), (200, "\"1\""));
    let before = before.json();
    assert_eq!((&before["name"], &before["value_version"]), (&json!("db-password"), &json!(1)));
    assert_eq!(before["used_by"], json!([]));

    let same = rotate(&server, &path, &first).await;
    assert_eq!((same.status, same.json()["version"].as_i64()), (202, Some(1)), "no event");
    let rotated = rotate(&server, &path, &second).await;
    assert_eq!((rotated.status, rotated.json()["version"].as_i64()), (202, Some(2)));
    let after = shown(&server, &path, &rotated).await.json();
    assert!(after["value_version"].as_i64() > before["value_version"].as_i64());
    assert_ne!(after["fingerprint"], before["fingerprint"]);
    assert_eq!(after["fingerprint"].as_str().map(str::len), Some(64));
    assert_eq!(after["created_at"], before["created_at"]);
    assert_ne!(after["rotated_at"], before["rotated_at"]);
    let back = rotate(&server, &path, &first).await;
    let back = shown(&server, &path, &back).await.json();
    assert_eq!(back["fingerprint"], before["fingerprint"], "it is the first value again");

    let gone = server.delete(&path).await;
    assert_eq!((gone.status, gone.json()["version"].as_i64()), (202, Some(4)));
    let missing = shown(&server, &path, &gone).await;
    assert_eq!((missing.status, missing.problem().as_str()), (404, "secret-not-found"));
    assert_eq!(server.delete(&path).await.json()["version"], 4, "removed already");
    let late = rotate(&server, &path, &second).await;
    assert_eq!((late.status, late.problem().as_str()), (410, "removed"));
    created(&server, &secrets, "db-password").await;

    let history = secrets.replace("/secrets", "/history");
    for path in [secrets.as_str(), "/v1/events?limit=200", &history] {
        let text = server.get(path).await.text;
        assert!(!text.contains(&first) && !text.contains(&second), "{path} shows a value");
    }
    let types = server.get(&history).await.json();
    let types: Vec<_> = types["items"].as_array().unwrap().iter().map(|e| &e["type"]).collect();
    assert_eq!(types[..3], ["SecretCreated", "SecretRemoved", "SecretRotated"]);
}

#[tokio::test]
async fn a_value_has_less_than_500_kib_which_is_what_docker_swarm_takes() {
    let (server, secrets) = stage().await;
    let before = server.head().await;
    // Two bytes each in UTF-8: it is bytes that count, not characters.
    let most = format!("{}x", "é".repeat(MOST / 2));
    let over = "é".repeat(MOST.div_ceil(2));
    assert_eq!((most.len(), over.len()), (511_999, 512_000));
    for over in [&over, &format!("{over}x")] {
        let refused = server.post(&secrets, &secret("a", over)).await;
        assert_eq!((refused.status, refused.problem().as_str()), (422, "invalid-fields"));
        assert_eq!(refused.errors(), [("/value".to_owned(), "too_long".to_owned())]);
        assert!(refused.text.contains("at most 511999 bytes") && refused.text.contains("Swarm"));
        assert!(!refused.text.contains("éé"), "it repeats what was sent");
    }
    let path = created(&server, &secrets, "b").await;
    let refused = rotate(&server, &path, &over).await;
    assert_eq!(refused.errors(), [("/value".to_owned(), "too_long".to_owned())]);
    assert_eq!(server.head().await, before + 1);
    assert_eq!(server.post(&secrets, &secret("a", &most)).await.status, 201);
    let plain = "x".repeat(MOST);
    assert_eq!(rotate(&server, &path, &plain).await.json()["version"], 2);
    // Each byte escaped is six in JSON, and still within what a request may carry.
    let escaped = "\u{1}".repeat(MOST);
    assert_eq!(rotate(&server, &path, &escaped).await.json()["version"], 3);
}

#[tokio::test]
async fn every_wrong_field_is_named_with_its_rule_and_leaves_no_event() {
    let (server, secrets) = stage().await;
    let path = created(&server, &secrets, "db").await;
    let before = server.head().await;
    let mut cases = vec![
        (json!({"value": "v"}), "/name", "missing"),
        (json!({"name": "a"}), "/value", "missing"),
        (json!({"name": "a", "value": "v", "id": 1}), "/id", "unknown"),
    ];
    for (name, rule) in [
        (json!(7), "type"),
        (json!(null), "type"),
        (json!(""), "empty"),
        (json!("x".repeat(53)), "too_long"),
        (json!("x".repeat(5000)), "too_long"),
        (json!("Db"), "form"),
        (json!("db_password"), "form"),
        (json!("db password"), "form"),
        (json!("-db"), "form"),
        (json!("db."), "form"),
        (json!("d\u{0}b"), "form"),
        (json!("d\u{202e}b"), "form"),
    ] {
        cases.push((json!({"name": name, "value": "v"}), "/name", rule));
    }
    let values = [(json!(7), "type"), (json!(null), "type"), (json!(["v"]), "type")];
    for (value, rule) in values.into_iter().chain([(json!(""), "empty")]) {
        cases.push((json!({"name": "a", "value": value}), "/value", rule));
    }
    for (body, field, rule) in cases {
        let reply = server.post(&secrets, &body).await;
        assert_eq!((reply.status, reply.problem().as_str()), (422, "invalid-fields"), "{rule}");
        assert!(reply.errors().contains(&(field.to_owned(), rule.to_owned())), "{reply:?}");
        if field == "/value" && body.get("name").is_some() {
            let mut only = body;
            only.as_object_mut().unwrap().remove("name");
            let reply = server.post(&format!("{path}/rotate"), &only).await;
            assert!(reply.errors().contains(&(field.to_owned(), rule.to_owned())), "{reply:?}");
        }
    }
    let unknown = server.post(&format!("{path}/rotate"), &secret("a", "v")).await;
    assert_eq!(unknown.errors(), [("/name".to_owned(), "unknown".to_owned())]);
    let unknown = Reply::of(server.request(Method::DELETE, &path).json(&json!({"force": true})));
    assert_eq!(unknown.await.errors(), [("/force".to_owned(), "unknown".to_owned())]);
    for reply in [
        server.get(&format!("{secrets}/db")).await,
        server.get(&format!("{secrets}?state=odd")).await,
        server.get(&format!("{secrets}?cursor=nonsense")).await,
        server.delete(&format!("{secrets}/db")).await,
    ] {
        assert_eq!((reply.status, reply.problem().as_str()), (400, "malformed-parameter"));
    }
    assert_eq!(server.head().await, before);
}

#[tokio::test]
async fn a_name_belongs_to_one_secret_of_a_provider() {
    let (server, secrets) = stage().await;
    let path = created(&server, &secrets, "db").await;
    let taken = server.post(&secrets, &secret("db", &value())).await;
    assert_eq!((taken.status, taken.problem().as_str()), (409, "name-taken"));
    assert_eq!(taken.errors(), [("/name".to_owned(), "unique".to_owned())]);
    let by = taken.text_of("taken_by");
    assert_eq!(format!("{secrets}/{}", by.trim_start_matches("secret:")), path);
    let lyon = server.provider("Lyon").await;
    created(&server, &format!("/v1/providers/{lyon}/secrets"), "db").await;
}

#[tokio::test]
async fn a_secret_is_found_on_its_own_provider_only() {
    let (server, secrets) = stage().await;
    let path = created(&server, &secrets, "db").await;
    let id = path.rsplit('/').next().unwrap();
    let (lyon, nobody) = (server.provider("Lyon").await, Uuid::now_v7());
    let before = server.head().await;
    for path in [
        format!("/v1/providers/{lyon}/secrets/{id}"),
        format!("/v1/providers/{nobody}/secrets/{id}"),
        format!("{secrets}/{nobody}"),
    ] {
        for reply in [
            server.get(&path).await,
            server.delete(&path).await,
            rotate(&server, &path, &value()).await,
        ] {
            let told = (reply.status, reply.problem());
            assert_eq!((told.0, told.1.as_str()), (404, "secret-not-found"), "{path}");
        }
    }
    let nowhere = format!("/v1/providers/{nobody}/secrets");
    for reply in [server.get(&nowhere).await, server.post(&nowhere, &secret("db", &value())).await]
    {
        assert_eq!((reply.status, reply.problem().as_str()), (404, "provider-not-found"));
    }
    assert_eq!(server.head().await, before);
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_another_value_is_another_request() {
    let (server, secrets) = stage().await;
    let (first, second) = (value(), value());
    let create = async |value: &str| {
        let request = server.request(Method::POST, &secrets).header("Idempotency-Key", "once");
        Reply::of(request.json(&secret("db", value))).await
    };
    let made = create(&first).await;
    assert_eq!(made.status, 201);
    assert_eq!(create(&first).await.text, made.text);
    assert_eq!(create(&second).await.problem(), "idempotency-key-reused");
    let path = format!("{secrets}/{}", made.text_of("id"));
    let late = server.request(Method::POST, &format!("{path}/rotate")).header("If-Match", "\"7\"");
    let late = Reply::of(late.json(&json!({ "value": second }))).await;
    assert_eq!((late.status, late.problem().as_str()), (412, "version-gone"));
    let shown = server.get(&format!("{path}?at_least={}", made.position())).await.json();
    assert_eq!((&shown["version"], &shown["value_version"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn a_secret_is_not_removed_while_a_profile_uses_it() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let secrets = format!("/v1/providers/{}/secrets", tenant.provider);
    let path = created(&server, &secrets, "db").await;
    let id = path.rsplit('/').next().unwrap();
    let lyon = server.provider("Lyon").await;
    let elsewhere = created(&server, &format!("/v1/providers/{lyon}/secrets"), "db").await;
    let define = async |name: &str, secret: &str| {
        let mut body = tenant.profile(name);
        body["secrets"] = json!([{"secret_id": secret, "target": "db"}]);
        server.post(&tenant.path("profiles"), &body).await
    };
    for unknown in [elsewhere.rsplit('/').next().unwrap(), &Uuid::nil().to_string()] {
        let refused = define("api", unknown).await;
        assert_eq!((refused.status, refused.problem().as_str()), (404, "secret-not-found"));
    }
    let made = define("web", id).await;
    assert_eq!(made.status, 201, "{made:?}");
    let profile = format!("profile:{}", made.text_of("id"));
    let used = server.delete(&path).await;
    assert_eq!((used.status, used.problem().as_str()), (409, "still-used"));
    assert_eq!(used.json()["used_by"], json!([profile]));
    assert_eq!(shown(&server, &path, &made).await.json()["used_by"], json!([profile]));
    let page = server.get(&secrets).await.json();
    assert_eq!(page["items"][0]["used_by"], json!([profile]));
    let path_of_profile = tenant.path(&format!("profiles/{}", made.text_of("id")));
    assert_eq!(server.patch(&path_of_profile, &json!({"secrets": []})).await.status, 202);
    assert_eq!(server.delete(&path).await.status, 202);
    let late = json!({"secrets": [{"secret_id": id, "target": "db"}]});
    let late = server.patch(&path_of_profile, &late).await;
    assert_eq!((late.status, late.problem().as_str()), (410, "removed"));
}

#[tokio::test]
async fn a_provider_is_not_removed_while_it_has_secrets() {
    let (server, secrets) = stage().await;
    let path = created(&server, &secrets, "db").await;
    let provider = secrets.trim_end_matches("/secrets");
    let used = server.delete(provider).await;
    assert_eq!((used.status, used.problem().as_str()), (409, "still-used"));
    let expected = format!("secret:{}", path.rsplit('/').next().unwrap());
    assert_eq!(used.json()["used_by"], json!([expected]));
    server.delete(&path).await;
    assert_eq!(server.delete(provider).await.status, 202);
    let late = server.post(&secrets, &secret("db", &value())).await;
    assert_eq!((late.status, late.problem().as_str()), (410, "removed"));
}

#[tokio::test]
async fn a_secret_is_shown_as_it_was_with_those_that_used_it_then() {
    let server = Server::start(Database::create().await.options()).await;
    let tenant = Tenant::new(&server, "single", 1).await;
    let secrets = format!("/v1/providers/{}/secrets", tenant.provider);
    let before = server.head().await;
    let (path, other) =
        (created(&server, &secrets, "db").await, created(&server, &secrets, "other").await);
    let mounted =
        |path: &str| json!([{ "secret_id": path.rsplit('/').next().unwrap(), "target": "file" }]);
    let mut body = tenant.profile("web");
    body["secrets"] = mounted(&path);
    let profile = server.post(&tenant.path("profiles"), &body).await;
    let web = tenant.path(&format!("profiles/{}", profile.text_of("id")));
    let workload = tenant.request("shop", &profile.text_of("id")).await;
    let shop = tenant.path(&format!("workloads/{}", workload.text_of("id")));
    let (mut then, mut last) = (vec![], workload);
    for step in 0..5 {
        let now = shown(&server, &path, &last).await;
        then.push((last.position(), now));
        last = match step {
            0 => rotate(&server, &path, &value()).await,
            1 => server.patch(&web, &json!({ "secrets": mounted(&other) })).await,
            2 => server.post(&format!("{shop}/update"), &json!({})).await,
            3 => server.patch(&web, &json!({ "secrets": mounted(&path) })).await,
            _ => server.delete(&shop).await,
        };
        assert_eq!(last.status, 202, "{step}: {last:?}");
    }
    let users = |reply: &Reply| reply.json()["used_by"].as_array().unwrap().len();
    let counted: Vec<usize> = then.iter().map(|(_, reply)| users(reply)).collect();
    assert_eq!(counted, [2, 2, 1, 0, 1]);
    for (position, now) in &then {
        let was = server.get(&format!("{path}?as_of={position}")).await;
        assert_eq!((was.status, was.json()), (200, now.json()), "as of {position}");
        assert_eq!(was.header("etag"), now.header("etag"));
    }
    let made = server.get(&format!("{path}?as_of={}", before + 1)).await;
    assert_eq!(made.json()["used_by"], json!([]));
    let early = server.get(&format!("{path}?as_of={before}")).await;
    assert_eq!((early.status, early.problem().as_str()), (404, "secret-not-found"));
}
