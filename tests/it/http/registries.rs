//! Credentials of registries: set, replaced, listed without their passwords, removed.

use super::server::{Reply, Server};
use reqwest::Method;
use serde_json::{Value, json};
use tests::harness::Database;
use uuid::Uuid;

/// A server with a provider, and the path of its registries.
async fn stage() -> (Server, String) {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Paris").await;
    (server, format!("/v1/providers/{id}/registries"))
}

/// A text that stands nowhere else.
fn unique(what: &str) -> String {
    format!("{what}-{:032x}", rand::random::<u128>())
}

fn login(username: &str, password: &str) -> Value {
    json!({"username": username, "password": password})
}

async fn set(server: &Server, path: &str, login: &Value) -> Reply {
    Reply::of(server.request(Method::PUT, path).json(login)).await
}

async fn shown(server: &Server, path: &str, since: &Reply) -> Reply {
    server.get(&format!("{path}?at_least={}", since.position())).await
}

fn names(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|it| it["registry"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_credential_is_set_replaced_and_removed_and_its_password_is_never_shown() {
    let (server, registries) = stage().await;
    let provider = registries.trim_end_matches("/registries");
    let (first, second) = (login("robot", &unique("p")), login(&unique("robin"), &unique("q")));
    let path = format!("{registries}/registry.example:5000");
    let made = set(&server, &path, &first).await;
    assert_eq!((made.status, made.json()["version"].as_i64()), (202, Some(3)), "{made:?}");
    assert_eq!(format!("/v1/providers/{}", made.text_of("id")), provider);
    let before = shown(&server, &path, &made).await;
    assert_eq!((before.status, before.header("etag")), (200, "\"3\""), "{before:?}");
    let before = before.json();
    assert_eq!(before["registry"], "registry.example:5000");
    assert_eq!((&before["username"], &before["version"]), (&json!("robot"), &json!(3)));

    let replaced = set(&server, &path, &second).await;
    let after = shown(&server, &path, &replaced).await.json();
    assert_eq!((&after["username"], &after["version"]), (&second["username"], &json!(4)));
    assert_ne!(after["fingerprint"], before["fingerprint"]);
    assert_ne!(after["set_at"], before["set_at"]);
    let hub = set(&server, &format!("{registries}/docker.io"), &first).await;
    let page = shown(&server, &registries, &hub).await.json();
    assert_eq!(names(&page), ["docker.io", "registry.example:5000"]);
    let profile = shown(&server, provider, &hub).await.json();
    assert_eq!(profile["registries"][1]["fingerprint"], after["fingerprint"]);

    let gone = server.delete(&path).await;
    assert_eq!((gone.status, gone.json()["version"].as_i64()), (202, Some(6)));
    let missing = shown(&server, &path, &gone).await;
    assert_eq!((missing.status, missing.problem().as_str()), (404, "registry-not-found"));
    let twice = server.delete(&path).await;
    assert_eq!((twice.status, twice.problem().as_str()), (404, "registry-not-found"));

    // What was, as far as the log says it; who pulled is known to the vault, as long as it is.
    let past = server.get(&format!("{registries}?as_of={}", made.position())).await.json();
    assert_eq!(names(&past), ["registry.example:5000"]);
    assert_eq!(past["items"][0]["fingerprint"], before["fingerprint"]);
    let past = server.get(&format!("{path}?as_of={}", replaced.position())).await;
    assert_eq!((past.status, &past.json()["version"]), (200, &json!(4)));
    let early = server.get(&format!("{path}?as_of={}", made.position() - 1)).await;
    assert_eq!((early.status, early.problem().as_str()), (404, "registry-not-found"));

    let history = format!("{provider}/history");
    for path in [registries.as_str(), provider, "/v1/events?limit=200", &history] {
        let text = server.get(path).await.text;
        for secret in [&first["password"], &second["password"], &second["username"]] {
            let is_shown = text.contains(secret.as_str().unwrap());
            assert!(!is_shown, "{path} shows a password, or a person");
        }
    }
}

#[tokio::test]
async fn the_history_tells_which_credential_took_the_place_of_which() {
    let (server, registries) = stage().await;
    let history = registries.replace("/registries", "/history");
    let path = format!("{registries}/registry.example");
    for _ in 0..2 {
        assert_eq!(set(&server, &path, &login("robot", &unique("p"))).await.status, 202);
    }
    server.delete(&path).await;
    let page = server.get(&history).await.json();
    let told = |index: usize| {
        let event = &page["items"][index];
        let fields: Vec<String> = event["changes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|change| change["field"].as_str().unwrap().to_owned())
            .collect();
        (event["type"].as_str().unwrap().to_owned(), fields)
    };
    let field = |name: &str| format!("/registries/registry.example{name}");
    assert_eq!(told(0), ("RegistryCredentialRemoved".to_owned(), vec![field("")]));
    let replaced = vec![field("/fingerprint"), field("/set_at"), field("/version")];
    assert_eq!(told(1), ("RegistryCredentialSet".to_owned(), replaced));
    assert_eq!(told(2), ("RegistryCredentialSet".to_owned(), vec![field("")]));
    assert_eq!(page["items"][1]["data"]["replaced"], page["items"][2]["data"]["credential"]);
}

#[tokio::test]
async fn a_registry_is_the_same_however_it_is_written() {
    let (server, registries) = stage().await;
    let body = login("robot", &unique("p"));
    for (written, shown_as) in [
        ("Index.Docker.IO", "docker.io"),
        ("Registry.Example%3A5000", "registry.example:5000"),
        ("registry.example", "registry.example"),
        ("%5B2001:db8::7%5D:5000", "[2001:db8::7]:5000"),
        ("LOCALHOST", "localhost"),
    ] {
        let made = set(&server, &format!("{registries}/{written}"), &body).await;
        assert_eq!(made.status, 202, "{written}: {made:?}");
        let path = format!("{registries}/{}", shown_as.to_uppercase());
        let found = shown(&server, &path, &made).await;
        assert_eq!((found.status, found.text_of("registry").as_str()), (200, shown_as));
    }
    let page = server.get(&registries).await.json();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(5));
}

#[tokio::test]
async fn every_wrong_field_is_named_with_its_rule_and_leaves_no_event() {
    let (server, registries) = stage().await;
    let path = format!("{registries}/registry.example");
    let before = server.head().await;
    let mut cases = vec![
        (json!({}), "/username", "missing"),
        (json!({"username": "robot"}), "/password", "missing"),
        (json!({"username": "a", "password": "b", "email": "c"}), "/email", "unknown"),
        (json!([]), "", "type"),
    ];
    for (username, rule) in [
        (json!(7), "type"),
        (json!(null), "type"),
        (json!(""), "empty"),
        (json!(" robot"), "padded"),
        (json!("x".repeat(256)), "too_long"),
        (json!("x".repeat(5000)), "too_long"),
        (json!("ro:bot"), "colon"),
        (json!("ro\nbot"), "unprintable"),
        (json!("ro\u{0}bot"), "unprintable"),
        (json!("ro\u{202e}bot"), "unprintable"),
    ] {
        cases.push((json!({"username": username, "password": "b"}), "/username", rule));
    }
    for (password, rule) in [
        (json!(7), "type"),
        (json!(null), "type"),
        (json!(["v"]), "type"),
        (json!(""), "empty"),
        (json!("é".repeat(8193)), "too_long"),
        (json!("secret\n"), "padded"),
        (json!("sec\u{0}ret"), "unprintable"),
        (json!("sec\u{1b}ret"), "unprintable"),
    ] {
        cases.push((json!({"username": "a", "password": password}), "/password", rule));
    }
    for (body, field, rule) in cases {
        let reply = set(&server, &path, &body).await;
        let told = (reply.status, reply.problem());
        assert_eq!((told.0, told.1.as_str()), (422, "invalid-fields"), "{field} {rule}");
        assert!(reply.errors().contains(&(field.to_owned(), rule.to_owned())), "{reply:?}");
        assert!(!reply.text.contains(&"x".repeat(70)) && !reply.text.contains("sec"), "{reply:?}");
    }
    let unknown = Reply::of(server.request(Method::DELETE, &path).json(&json!({"force": true})));
    assert_eq!(unknown.await.errors(), [("/force".to_owned(), "unknown".to_owned())]);
    let most = login("a", &"é".repeat(8192));
    assert_eq!(server.head().await, before);
    assert_eq!(set(&server, &path, &most).await.status, 202);
    let key = login("_json_key", "{\n\t\"type\": \"service_account\"\r\n}");
    assert_eq!(set(&server, &path, &key).await.status, 202, "a key file of several lines");
}

#[tokio::test]
async fn what_is_no_registry_is_named_with_its_rule() {
    let (server, registries) = stage().await;
    let before = server.head().await;
    for (written, rule) in [
        ("nginx", "bare"),
        ("https:%2F%2Fregistry.example", "host"),
        ("registry.example%2Fv2", "host"),
        ("registry.example:", "host"),
        ("registry.example:65536", "host"),
        ("robot@registry.example", "host"),
        ("registry..example", "host"),
        ("regi%20stry.example", "host"),
        ("registry.example%00", "host"),
        ("r%C3%A4ger.example", "host"),
        ("%5B::1", "host"),
        (&"a.".repeat(2000), "too_long"),
    ] {
        let path = format!("{registries}/{written}");
        let expected = [("registry".to_owned(), rule.to_owned())];
        let of = |method: Method| server.request(method, &path);
        for reply in [
            set(&server, &path, &login("a", "b")).await,
            Reply::of(of(Method::DELETE)).await,
            Reply::of(of(Method::GET)).await,
        ] {
            assert_eq!((reply.status, reply.errors()), (422, expected.to_vec()), "{written}");
        }
    }
    assert_eq!(server.head().await, before);
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_a_late_decision_is_told() {
    let (server, registries) = stage().await;
    let path = format!("{registries}/registry.example");
    let (first, second) = (login("robot", &unique("p")), login("robot", &unique("q")));
    let once = async |body: &Value| {
        let request = server.request(Method::PUT, &path).header("Idempotency-Key", "once");
        Reply::of(request.json(body)).await
    };
    let made = once(&first).await;
    assert_eq!(made.status, 202);
    assert_eq!(once(&first).await.text, made.text);
    assert_eq!(once(&second).await.problem(), "idempotency-key-reused");
    for (method, body) in [(Method::PUT, Some(&second)), (Method::DELETE, None)] {
        let late = server.request(method, &path).header("If-Match", "\"2\"");
        let late = if let Some(body) = body { late.json(body) } else { late };
        let late = Reply::of(late).await;
        assert_eq!((late.status, late.problem().as_str()), (412, "version-gone"));
    }
    let seen = shown(&server, &path, &made).await;
    let version = seen.header("etag").to_owned();
    let timely = server.request(Method::PUT, &path).header("If-Match", version).json(&second);
    assert_eq!(Reply::of(timely).await.json()["version"], 4);
}

#[tokio::test]
async fn a_credential_is_found_on_its_own_provider_only() {
    let (server, registries) = stage().await;
    let path = format!("{registries}/registry.example");
    set(&server, &path, &login("robot", &unique("p"))).await;
    let (lyon, nobody) = (server.provider("Lyon").await, Uuid::now_v7());
    let (elsewhere, head) = (format!("/v1/providers/{lyon}/registries"), server.head().await);
    for reply in [
        server.get(&format!("{elsewhere}/registry.example?at_least={head}")).await,
        server.delete(&format!("{elsewhere}/registry.example")).await,
    ] {
        assert_eq!((reply.status, reply.problem().as_str()), (404, "registry-not-found"));
    }
    let nowhere = format!("/v1/providers/{nobody}/registries");
    let late = set(&server, &format!("{nowhere}/registry.example"), &login("a", "b")).await;
    for reply in [late, server.get(&nowhere).await] {
        assert_eq!((reply.status, reply.problem().as_str()), (404, "provider-not-found"));
    }
    let provider = registries.trim_end_matches("/registries");
    assert_eq!(server.delete(provider).await.status, 202, "a credential is no use of a provider");
    let late = set(&server, &path, &login("a", "b")).await;
    assert_eq!((late.status, late.problem().as_str()), (410, "removed"));
}
