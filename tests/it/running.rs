//! What the running service does by itself with what was asked for over HTTP: it tells each
//! organization of its own on NATS, warns of certificates that end, and shreds what was removed.

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::harness::{Berth, Database, certificate::Pem, eventually};
use uuid::Uuid;

async fn post(berth: &Berth, path: &str, body: Value) -> String {
    let made = berth.command(Method::POST, path, Some(&body)).await;
    made["id"].as_str().unwrap().to_owned()
}

fn provider(name: &str, kind: &str, cluster: Value) -> Value {
    json!({
        "name": name, "kind": kind, "visibility": "public", "deployment_mode": "single",
        "clusters": [cluster],
    })
}

fn named(name: &str, pem: &Pem) -> Value {
    let mut body = pem.body();
    body["name"] = json!(name);
    body
}

/// An organization with a profile on a provider, and somebody who may see it.
async fn organization(berth: &Berth, name: &str, provider: &str, image: &str) -> String {
    let id = post(berth, "/v1/organizations", json!({ "name": name })).await;
    let path = format!("/v1/organizations/{id}");
    berth.command(Method::PUT, &format!("{path}/providers/{provider}"), None).await;
    let profile = json!({
        "name": "web", "provider_id": provider, "image_id": image, "replicas": 1,
    });
    post(berth, &format!("{path}/profiles"), profile).await;
    let robin = json!({ "principal": { "name": "Robin" } });
    let robin = berth.command(Method::POST, "/v1/tokens", Some(&robin)).await;
    let role = json!({
        "principal_id": robin["principal_id"], "role": "member", "organization_id": id,
    });
    post(berth, "/v1/roles", role).await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn each_organization_has_subjects_of_its_own_on_nats() {
    let folder = TempDir::new().unwrap();
    let berth = Berth::start(folder.path(), &[]).await;
    let cluster = json!({ "name": "one", "url": "http://127.0.0.1:9" });
    let paris = post(&berth, "/v1/providers", provider("Paris", "swarm", cluster)).await;
    let path = format!("/v1/providers/{paris}");
    post(&berth, &format!("{path}/enable"), json!({})).await;
    let image = json!({ "reference": "registry.example/app:1", "visibility": "public" });
    let image = post(&berth, &format!("{path}/images"), image).await;
    post(&berth, &format!("{path}/images/{image}/enable"), json!({})).await;
    let acme = organization(&berth, "Acme", &paris, &image).await;
    let globex = organization(&berth, "Globex", &paris, &image).await;
    let log = berth.get("/v1/events?limit=200").await;
    let (log, last) = (log["items"].as_array().unwrap(), log["items"].as_array().unwrap().len());

    let context = async_nats::jetstream::new(berth.subscriber().await);
    let mut stream = context.get_stream("BERTH_EVENTS").await.unwrap();
    eventually("every event is published", async || {
        let state = stream.info().await.unwrap().state.clone();
        (state.messages >= u64::try_from(last).unwrap()).then_some(())
    })
    .await;
    let mut told = [vec![], vec![], vec![]];
    for number in 1..=u64::try_from(last).unwrap() {
        let message = stream.get_raw_message(number).await.unwrap();
        let event: Value = serde_json::from_slice(&message.payload).unwrap();
        let (whose, text) = (message.subject.split('.').nth(2).unwrap(), event.to_string());
        let place = [acme.as_str(), globex.as_str(), "_"].iter().position(|one| *one == whose);
        told[place.unwrap()].push(event["data"]["type"].as_str().unwrap().to_owned());
        // Who is let in to the subjects of one organization reads nothing of another.
        for (own, other) in [(&acme, &globex), (&globex, &acme)] {
            assert!(whose != own || text.contains(own.as_str()) && !text.contains(other.as_str()));
        }
    }
    let own = ["OrganizationRegistered", "OrgAssociated", "ProfileDefined", "RoleGranted"];
    assert_eq!((&told[0], &told[1]), (&own.map(str::to_owned).to_vec(), &told[0]));
    assert_eq!(told.iter().map(Vec::len).sum::<usize>(), log.len());
    assert!(told[2].contains(&"ProviderCreated".to_owned()), "{told:?}");
    assert!(berth.stop().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_starts_warns_of_each_certificate_that_ends_once_for_each_bound() {
    let folder = TempDir::new().unwrap();
    let first = vec![(31, None), (30, Some(30)), (14, Some(14)), (7, Some(7)), (1, Some(1))];
    // The second start meets what was warned of already, before one that was not.
    let rounds = [(first, vec![1, 7, 14, 30]), (vec![(8, Some(14))], vec![1, 7, 14, 14, 30])];
    for (ends, warned) in rounds {
        let berth = Berth::start(folder.path(), &[]).await;
        for (days, _) in &ends {
            let body = named(&format!("ends in {days}"), &Pem::new("client", *days));
            post(&berth, "/v1/certificates", body).await;
        }
        assert!(berth.stop().await.success());
        let berth = Berth::start(folder.path(), &[]).await;
        eventually("each one shows its warning", async || {
            let list = berth.get("/v1/certificates").await;
            let shown = |days: i64| {
                let name = json!(format!("ends in {days}"));
                let it = list["items"].as_array()?.iter().find(|it| it["name"] == name)?;
                Some(it["expiring_within_days"].as_i64())
            };
            ends.iter().all(|(days, within)| shown(*days) == Some(*within)).then_some(())
        })
        .await;
        let log = berth.get("/v1/events?type=CertificateExpiring").await;
        let events = log["items"].as_array().unwrap().iter();
        let mut bounds: Vec<_> =
            events.map(|event| event["data"]["days_left"].as_i64().unwrap()).collect();
        bounds.sort_unstable();
        assert_eq!(bounds, warned, "each by the bound that it has passed, and none twice");
        assert!(berth.stop().await.success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_removed_over_http_is_shredded_by_the_running_service() {
    let (folder, database) = (TempDir::new().unwrap(), Database::create().await);
    let url = database.url();
    let berth = Berth::start(folder.path(), &[("BERTH_POSTGRES__URL", url.as_str())]).await;
    let kept = "SELECT (SELECT count(*) FROM vault.records WHERE wrapped_key IS NOT NULL), \
        (SELECT count(*) FROM vault.versions)";
    let kept = async || sqlx::query_as::<_, (i64, i64)>(kept).fetch_one(&database.pool()).await;
    let (records, values) = kept().await.unwrap();
    let cluster = json!({
        "name": "one", "url": "https://127.0.0.1:9", "token": Uuid::new_v4(),
        "certificate": Pem::new("client", 90).body(),
    });
    let paris = post(&berth, "/v1/providers", provider("Paris", "kubernetes", cluster)).await;
    let path = format!("/v1/providers/{paris}");
    let secret = json!({ "name": "db", "value": Uuid::new_v4() });
    let secret = post(&berth, &format!("{path}/secrets"), secret).await;
    let rotated = json!({ "value": Uuid::new_v4() });
    post(&berth, &format!("{path}/secrets/{secret}/rotate"), rotated).await;
    let registry = format!("{path}/registries/registry.example");
    let login = json!({ "username": "robot", "password": Uuid::new_v4() });
    berth.command(Method::PUT, &registry, Some(&login)).await;
    let certificates = berth.get("/v1/certificates?at_least=1").await;
    let certificate = certificates["items"][0]["id"].as_str().unwrap().to_owned();
    // A token, a key, a login and a secret with two values.
    assert_eq!(kept().await.unwrap(), (records + 4, values + 5));
    for (what, left) in [
        (format!("{path}/secrets/{secret}"), (3, 3)),
        (registry, (2, 2)),
        (path, (1, 1)),
        (format!("/v1/certificates/{certificate}"), (0, 0)),
    ] {
        berth.command(Method::DELETE, &what, None).await;
        let left = (records + left.0, values + left.1);
        eventually("its key and every value of it are gone", async || {
            (kept().await.unwrap() == left).then_some(())
        })
        .await;
    }
    assert!(berth.stop().await.success());
}
