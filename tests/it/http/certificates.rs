//! Certificates over HTTP: imported, shown without their keys, replaced in place, removed once
//! nothing uses them.

use super::server::{Reply, Server, provider};
use reqwest::Method;
use serde_json::{Value, json};
use tests::harness::{Database, certificate::Pem};

/// Rounds of the race between use and removal.
const ROUNDS: u16 = 20;

async fn server() -> Server {
    Server::start(Database::create().await.options()).await
}

fn named(name: &str, pem: &Pem) -> Value {
    let mut body = pem.body();
    body["name"] = json!(name);
    body
}

async fn import(server: &Server, name: &str, pem: &Pem) -> String {
    let reply = server.post("/v1/certificates", &named(name, pem)).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    assert!(reply.header("location").starts_with("/v1/certificates/"));
    reply.text_of("id")
}

/// The certificate as it is shown once everything so far is seen.
async fn shown(server: &Server, id: &str) -> Value {
    let head = server.head().await;
    let reply = server.get(&format!("/v1/certificates/{id}?at_least={head}")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

fn using(number: u16, certificate: &str) -> Value {
    json!({
        "name": format!("c{number}"), "url": format!("https://10.9.0.{number}:2376"),
        "certificate_id": certificate,
    })
}

async fn use_it(server: &Server, provider: &str, number: u16, certificate: &str) -> Reply {
    let path = format!("/v1/providers/{provider}/clusters");
    server.post(&path, &using(number, certificate)).await
}

#[tokio::test]
async fn a_certificate_is_shown_with_all_but_its_key() {
    let server = server().await;
    let pem = Pem::new("berth", 90);
    let id = import(&server, "swarm", &pem).await;
    let it = shown(&server, &id).await;
    assert_eq!((&it["name"], &it["version"]), (&json!("swarm"), &json!(1)));
    assert!(it["subject"].as_str().unwrap().contains("CN=berth"), "{it}");
    assert!(it["issuer"].as_str().unwrap().contains("CN=berth"), "{it}");
    assert_eq!(it["fingerprint"].as_str().unwrap().len(), 64);
    assert!(it["not_after"].as_str().unwrap() > it["created_at"].as_str().unwrap());
    assert_eq!((&it["used_by"], &it["subject_alternative_names"]), (&json!([]), &json!([])));
    assert_eq!(it["expiring_within_days"], Value::Null);
    let list = server.get("/v1/certificates?name=SWA").await.json();
    assert_eq!(list["items"], json!([it]));
    let none = server.get("/v1/certificates?name=other").await.json();
    assert_eq!(none["items"], json!([]));

    let secret = pem.key.lines().nth(1).unwrap();
    for path in
        [format!("/v1/certificates/{id}"), "/v1/certificates".to_owned(), "/v1/events".to_owned()]
    {
        assert!(!server.get(&path).await.text.contains(secret), "{path}");
    }
}

#[tokio::test]
async fn every_cluster_that_uses_a_certificate_follows_its_replacement() {
    let server = server().await;
    let id = import(&server, "swarm", &Pem::new("first", 90)).await;
    let provider = server.provider("Paris").await;
    let other = server.provider("Lyon").await;
    for number in [2, 3] {
        assert_eq!(use_it(&server, &provider, number, &id).await.status, 201);
    }
    let used = shown(&server, &id).await["used_by"].clone();
    assert_eq!(used.as_array().unwrap().len(), 2);
    assert!(used.as_array().unwrap().iter().all(|used| used["provider_id"] == json!(provider)));

    let (path, second) = (format!("/v1/certificates/{id}"), Pem::new("second", 80));
    assert_eq!(server.put(&path, &second.body()).await.status, 202);
    let it = shown(&server, &id).await;
    assert!(it["subject"].as_str().unwrap().contains("CN=second"), "{it}");
    assert_eq!((&it["version"], &it["used_by"]), (&json!(2), &used));
    // The same again changes nothing.
    assert_eq!(server.put(&path, &second.body()).await.json()["version"], 2);
    let touched = async |provider: &str| {
        let head = server.head().await;
        let path = format!("/v1/providers/{provider}/history?at_least={head}");
        server.get(&path).await.text.contains("CertificateReplaced")
    };
    assert!(touched(&provider).await, "the history of a provider that uses it tells of it");
    assert!(!touched(&other).await);
    let stale = server.request(Method::PUT, &path).header("If-Match", "\"1\"");
    assert_eq!(Reply::of(stale.json(&second.body())).await.status, 412);
    let nowhere = format!("/v1/certificates/{provider}");
    assert_eq!(server.put(&nowhere, &second.body()).await.problem(), "certificate-not-found");
}

#[tokio::test]
async fn a_certificate_is_removed_once_nothing_uses_it() {
    let server = server().await;
    let id = import(&server, "swarm", &Pem::new("berth", 90)).await;
    let provider = server.provider("Paris").await;
    let first = use_it(&server, &provider, 2, &id).await.text_of("id");
    let second = use_it(&server, &provider, 3, &id).await.text_of("id");
    let path = format!("/v1/certificates/{id}");
    for cluster in [first, second] {
        let refused = server.delete(&path).await;
        assert_eq!((refused.status, refused.problem().as_str()), (409, "still-used"));
        assert!(refused.text.contains(&provider), "{refused:?}");
        let cluster = format!("/v1/providers/{provider}/clusters/{cluster}");
        assert_eq!(server.delete(&cluster).await.status, 202);
    }
    assert_eq!(server.delete(&path).await.status, 202);
    assert_eq!(server.delete(&path).await.status, 202, "it is gone already");
    let head = server.head().await;
    let gone = server.get(&format!("{path}?at_least={head}")).await;
    assert_eq!((gone.status, gone.problem().as_str()), (404, "certificate-not-found"));
    assert_eq!(use_it(&server, &provider, 4, &id).await.problem(), "removed");
    // Its name is free again.
    import(&server, "SWARM", &Pem::new("berth", 90)).await;
}

#[tokio::test]
async fn another_certificate_takes_the_place_of_one_that_a_cluster_used() {
    let server = server().await;
    let (old, new) = (Pem::new("old", 90), Pem::new("new", 90));
    let (old, new) = (import(&server, "old", &old).await, import(&server, "new", &new).await);
    let provider = server.provider("Paris").await;
    let cluster = use_it(&server, &provider, 2, &old).await.text_of("id");
    let path = format!("/v1/providers/{provider}/clusters/{cluster}");
    assert_eq!(server.patch(&path, &json!({ "certificate_id": new })).await.status, 202);
    assert_eq!(shown(&server, &old).await["used_by"], json!([]));
    assert_eq!(shown(&server, &new).await["used_by"][0]["cluster_id"], json!(cluster));
    assert_eq!(server.delete(&format!("/v1/certificates/{old}")).await.status, 202);
    assert_eq!(server.delete(&format!("/v1/certificates/{new}")).await.status, 409);
    assert_eq!(server.patch(&path, &json!({ "certificate_id": null })).await.status, 202);
    assert_eq!(server.delete(&format!("/v1/certificates/{new}")).await.status, 202);
}

#[tokio::test]
async fn what_is_removed_is_not_used_and_what_is_used_is_not_removed_even_at_once() {
    let server = server().await;
    let path = server.provider("Paris").await;
    let mut outcomes = [0, 0];
    for round in 0..ROUNDS {
        let id = import(&server, &format!("swarm {round}"), &Pem::new("berth", 90)).await;
        let certificate = format!("/v1/certificates/{id}");
        let (used, removed) =
            tokio::join!(use_it(&server, &path, round + 2, &id), server.delete(&certificate));
        match (used.status, removed.status) {
            (201, 409) => outcomes[0] += 1,
            (410, 202) => outcomes[1] += 1,
            other => panic!("{other:?}: {used:?} {removed:?}"),
        }
    }
    assert_eq!(outcomes.iter().sum::<u16>(), ROUNDS);
}

#[tokio::test]
async fn who_plans_renewals_sees_what_ends_first() {
    let server = server().await;
    for (name, days) in [("late", 300), ("soon", 20), ("next", 40)] {
        import(&server, name, &Pem::new(name, days)).await;
    }
    let (head, list) = (server.head().await, "/v1/certificates");
    let names = async |query: &str| {
        let page = server.get(&format!("{list}?at_least={head}&{query}")).await.json();
        let items = page["items"].as_array().unwrap().clone();
        let names: Vec<_> =
            items.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect();
        (names, page["next_cursor"].as_str().map(str::to_owned))
    };
    assert_eq!(names("sort=not_after").await.0, ["soon", "next", "late"]);
    assert_eq!(names("sort=-not_after").await.0, ["late", "next", "soon"]);
    assert_eq!(names("sort=name").await.0, ["late", "next", "soon"]);
    let (first, cursor) = names("sort=not_after&limit=1").await;
    let rest = names(&format!("sort=not_after&limit=2&cursor={}", cursor.unwrap())).await;
    assert_eq!((first, &rest.1), (vec!["soon".to_owned()], &None));
    assert_eq!(rest.0, ["next", "late"]);

    let next = server.get(&format!("{list}?name=next")).await.json()["items"][0].clone();
    let end = next["not_after"].as_str().unwrap();
    assert_eq!(
        names(&format!("expires_before={end}")).await.0,
        ["soon"],
        "its own end is not before"
    );
    let ended = names("expires_before=2020-01-01T00:00:00Z").await;
    assert_eq!(ended, (vec![], None));
    for query in ["expires_before=soon", "expires_before=", "expires_before=7", "sort=end"] {
        let reply = server.get(&format!("{list}?{query}")).await;
        assert_eq!(
            (reply.status, reply.problem().as_str()),
            (400, "malformed-parameter"),
            "{query}"
        );
    }
    let elsewhere = server.get("/v1/providers?sort=not_after").await;
    assert_eq!(elsewhere.problem(), "malformed-parameter", "a provider has no end");
}

#[tokio::test]
async fn a_certificate_is_shown_as_it_was_with_those_that_used_it_then() {
    let server = server().await;
    let before = server.head().await;
    let id = import(&server, "swarm", &Pem::new("first", 90)).await;
    let other = import(&server, "other", &Pem::new("other", 90)).await;
    let (paris, lyon) = (server.provider("Paris").await, server.provider("Lyon").await);
    let first = use_it(&server, &paris, 2, &id).await.text_of("id");
    let second = use_it(&server, &lyon, 3, &other).await.text_of("id");
    let (path, clusters) = (format!("/v1/certificates/{id}"), "clusters");
    let change = format!("/v1/providers/{lyon}/{clusters}/{second}");
    let mut then = vec![];
    for step in 0..6 {
        let reply = match step {
            0 => server.patch(&change, &json!({ "certificate_id": id })).await,
            1 => server.put(&path, &Pem::new("second", 80).body()).await,
            2 => server.delete(&format!("/v1/providers/{paris}/{clusters}/{first}")).await,
            3 => server.patch(&change, &json!({ "certificate_id": other })).await,
            4 => use_it(&server, &paris, 4, &id).await,
            _ => server.delete(&format!("/v1/providers/{paris}")).await,
        };
        assert!([201, 202].contains(&reply.status), "{step}: {reply:?}");
        let events = server.get(&format!("/v1/events?after={}", reply.position() - 1)).await;
        let time = events.json()["items"][0]["recorded_at"].as_str().unwrap().to_owned();
        then.push((reply.position(), time, shown(&server, &id).await));
    }
    let users = |it: &Value| it["used_by"].as_array().unwrap().len();
    let counted: Vec<usize> = then.iter().map(|(_, _, it)| users(it)).collect();
    assert_eq!(counted, [2, 2, 1, 0, 1, 0]);
    for (position, time, now) in &then {
        for moment in [position.to_string(), time.clone()] {
            let was = server.get(&format!("{path}?as_of={moment}")).await;
            assert_eq!((was.status, was.position()), (200, *position), "{was:?}");
            assert_eq!(was.json(), *now, "as of {moment}");
        }
    }
    let was = server.get(&format!("{path}?as_of={}", before + 1)).await;
    assert_eq!((was.status, was.header("etag")), (200, "\"1\""), "{was:?}");
    assert!(was.text_of("subject").contains("CN=first"), "{was:?}");
    assert_eq!(was.json()["used_by"], json!([]));
    let early = server.get(&format!("{path}?as_of={before}")).await;
    assert_eq!((early.status, early.problem().as_str()), (404, "certificate-not-found"));
    let both = server.get(&format!("{path}?as_of=1&at_least=1")).await;
    assert_eq!(both.problem(), "malformed-parameter");
}

#[tokio::test]
async fn the_history_of_a_provider_tells_what_another_certificate_changed() {
    let server = server().await;
    let id = import(&server, "swarm", &Pem::new("first", 90)).await;
    let provider = server.provider("Paris").await;
    assert_eq!(use_it(&server, &provider, 2, &id).await.status, 201);
    let from = server.head().await;
    let path = format!("/v1/certificates/{id}");
    let before = shown(&server, &id).await;
    assert_eq!(server.put(&path, &Pem::new("second", 80).body()).await.status, 202);
    let after = shown(&server, &id).await;
    let field = |name: &str| {
        json!({
            "field": format!("/{name}"), "before": before[name], "after": after[name],
        })
    };
    let base = format!("/v1/providers/{provider}/history");
    let entry = server.get(&base).await.json()["items"][0].clone();
    let diff = server.get(&format!("{base}/diff?from={from}")).await.json();
    let subject = &diff["subjects"][0];
    assert_eq!((&entry["type"], &diff["events"]), (&json!("CertificateReplaced"), &json!(1)));
    assert_eq!((&subject["kind"], &subject["id"]), (&json!("certificate"), &json!(id)));
    assert_eq!(entry["changes"], subject["changes"]);
    for name in ["subject", "fingerprint", "not_after", "serial_number", "certificate"] {
        assert!(entry["changes"].as_array().unwrap().contains(&field(name)), "{name}: {entry}");
    }
}

#[tokio::test]
async fn a_name_is_taken_once_and_a_repeat_is_answered_once() {
    let server = server().await;
    let body = named("Swarm", &Pem::new("berth", 90));
    let request = || {
        let request = server.request(Method::POST, "/v1/certificates");
        Reply::of(request.header("Idempotency-Key", "once").json(&body))
    };
    let (first, again) = (request().await, request().await);
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.text, again.text);
    let twin = server.post("/v1/certificates", &named("sWARM", &Pem::new("x", 90))).await;
    assert_eq!((twin.status, twin.problem().as_str()), (409, "name-taken"));
    assert_eq!(server.head().await, 1);
}

#[tokio::test]
async fn what_is_no_usable_certificate_is_refused_field_by_field() {
    let server = server().await;
    let (pem, other) = (Pem::new("berth", 90), Pem::new("other", 90));
    let expired = Pem::new("berth", -1);
    let id = import(&server, "swarm", &pem).await;
    let head = server.head().await;
    let with = |field: &str, value: Value| {
        let mut body = named("refused", &pem);
        body[field] = value;
        body
    };
    for (field, value, rule) in [
        ("name", json!(""), "empty"),
        ("name", json!(1), "type"),
        ("name", json!("a\u{7}"), "unprintable"),
        ("key", json!(null), "type"),
        ("key", json!("no pem"), "pem"),
        ("key", json!(pem.certificate), "pem"),
        ("key", json!(other.key), "key_mismatch"),
        ("key", json!("x".repeat(17_000)), "too_long"),
        ("certificate", json!(["x"]), "type"),
        ("certificate", json!("no pem"), "pem"),
        ("certificate", json!(pem.key), "pem"),
        ("certificate", json!(expired.certificate), "expired"),
        ("certificate", json!(format!("{}{}", pem.certificate, other.certificate)), "chain_order"),
        ("ca", json!("no pem"), "pem"),
        ("ca", json!(expired.certificate), "expired"),
        ("ca", json!(false), "type"),
        ("colour", json!("red"), "unknown"),
    ] {
        let mut answers = vec![server.post("/v1/certificates", &with(field, value.clone())).await];
        if field != "name" {
            let mut body = with(field, value.clone());
            body.as_object_mut().unwrap().remove("name");
            answers.push(server.put(&format!("/v1/certificates/{id}"), &body).await);
            let provider = provider("Refused");
            let mut provider = provider;
            provider["clusters"][0]["certificate"] = body;
            let reply = server.post("/v1/providers", &provider).await;
            let expected = (format!("/clusters/0/certificate/{field}"), rule.to_owned());
            assert_eq!(reply.status, 422, "{reply:?}");
            assert!(reply.errors().contains(&expected), "{field} {rule}: {reply:?}");
        }
        for reply in answers {
            assert_eq!(reply.status, 422, "{field} {rule}: {reply:?}");
            assert!(reply.errors().contains(&(format!("/{field}"), rule.to_owned())), "{reply:?}");
            assert!(!reply.text.contains(pem.key.lines().nth(1).unwrap()));
        }
    }
    assert_eq!(server.head().await, head, "nothing was recorded");
}
