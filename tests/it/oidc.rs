//! Tokens of a real identity provider, and what they are worth here.

use crate::http::server::{Reply, Server};
use adapters::oidc::{Provider, Settings};
use api::{auth::Identity, config::oidc::Mapping};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::role::Role;
use reqwest::Method;
use serde_json::{Value, json};
use std::{fs, time::Duration};
use tests::harness::{
    Berth, Database,
    certificate::Authority,
    dex::{AUDIENCE, Dex, GROUP, PERSON, STRANGER},
    eventually,
};

/// How often the provider may be asked in a story.
const FETCH_PAUSE: Duration = Duration::from_millis(50);

fn identity(dex: &Dex, keys_age_max: Duration) -> Identity {
    let settings = Settings {
        issuer: dex.issuer.parse().unwrap(),
        issuer_text: dex.issuer.clone(),
        audience: AUDIENCE.to_owned(),
        authorities: None,
        fetch_pause: FETCH_PAUSE,
        keys_age_max,
        keys_stale_max: Duration::from_secs(3600),
    };
    let mapping =
        Mapping { claim: "groups".to_owned(), value: GROUP.to_owned(), role: Role::Auditor };
    Identity::new(Provider::new(settings).unwrap(), dex.issuer.clone(), vec![mapping])
}

async fn trusting(dex: &Dex) -> Server {
    let identity = identity(dex, Duration::from_secs(3600));
    Server::trusting(Database::create().await.options(), identity).await
}

async fn status(server: &Server, token: &str) -> u16 {
    server.get_as(token, "/v1/me").await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_whom_the_provider_vouches_for_has_the_roles_of_its_claims() {
    let dex = Dex::start().await;
    let server = trusting(&dex).await;
    let token = dex.token(AUDIENCE).await;
    let me = server.get_as(&token, "/v1/me").await.json();
    let held = json!([{ "role": "auditor", "organization_id": null }]);
    assert_eq!((&me["name"], &me["roles"]), (&json!(PERSON), &held));
    assert_eq!(server.get_as(&token, "/v1/events").await.status, 200);
    let create = server.anybody(Method::POST, "/v1/organizations").bearer_auth(&token);
    let refused = Reply::of(create.json(&json!({ "name": "Acme" }))).await;
    assert_eq!((refused.status, refused.problem().as_str()), (403, "forbidden"));

    // The provider says what it is called, and nobody else.
    let path = format!("/v1/principals/{}", me["id"].as_str().unwrap());
    let named = server.patch(&path, &json!({ "name": "Kim" })).await;
    assert_eq!((named.status, named.problem().as_str()), (409, "named-elsewhere"));

    // What was granted here is held beside what the provider says, and acts under one id.
    let grant = json!({ "principal_id": me["id"], "role": "administrator" });
    assert_eq!(server.post("/v1/roles", &grant).await.status, 201);
    let create = server.anybody(Method::POST, "/v1/organizations").bearer_auth(&token);
    assert_eq!(Reply::of(create.json(&json!({ "name": "Acme" }))).await.status, 201);
    let later = dex.token(AUDIENCE).await;
    assert_eq!(server.get_as(&later, "/v1/me").await.json()["id"], me["id"]);
    let log = server.get("/v1/events").await;
    assert_eq!(log.json()["items"][1]["metadata"]["actor"], me["id"]);
    let known = server.get(&format!("/v1/principals/{}", me["id"].as_str().unwrap())).await.json();
    assert_eq!((&known["name"], &known["issuer"]), (&json!(PERSON), &json!(dex.issuer)));
    let email = known["email"].as_str().unwrap();
    assert!(email.contains('@') && !log.text.contains(email) && !log.text.contains(PERSON));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_quite_the_providers_is_refused() {
    let dex = Dex::start().await;
    let server = trusting(&dex).await;
    let token = dex.token(AUDIENCE).await;
    assert_eq!(status(&server, &token).await, 200);
    assert_eq!(status(&server, &dex.token(STRANGER).await).await, 401, "for another client");

    let parts: Vec<&str> = token.split('.').collect();
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let decode = |part: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    let mut claims = decode(parts[1]);
    claims["groups"] = json!(["operations"]);
    let header = decode(parts[0]);
    let with = |name: &str, value: Value| {
        let mut header = header.clone();
        header[name] = value;
        encode(&header)
    };
    for (what, forged) in [
        ("other claims", format!("{}.{}.{}", parts[0], encode(&claims), parts[2])),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("alg none", format!("{}.{}.", with("alg", json!("none")), parts[1])),
        ("a shared secret", format!("{}.{}.{}", with("alg", json!("HS256")), parts[1], parts[2])),
        ("an unknown key", format!("{}.{}.{}", with("kid", json!("x")), parts[1], parts[2])),
        ("an extension", format!("{}.{}.{}", with("crit", json!(["b64"])), parts[1], parts[2])),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("four parts", format!("{token}.x")),
        ("nonsense", "a.b.c".to_owned()),
    ] {
        assert_eq!(status(&server, &forged).await, 401, "{what}");
    }
    // Nobody was made of any of them.
    let known = server.get("/v1/principals?name=Kilgore").await.json();
    assert_eq!(known["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_keys_of_the_provider_are_found_and_old_ones_forgotten() {
    let mut dex = Dex::start().await;
    let server = trusting(&dex).await;
    let old = dex.token(AUDIENCE).await;
    assert_eq!(status(&server, &old).await, 200);
    dex.fall();
    assert_eq!(status(&server, &old).await, 200, "its keys are known");
    dex.rise().await;
    let new = dex.token(AUDIENCE).await;
    eventually("the new keys are fetched", async || {
        (status(&server, &new).await == 200).then_some(())
    })
    .await;
    eventually("the old ones are gone", async || {
        (status(&server, &old).await == 401).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_down_is_said_to_be_and_disturbs_nobody_else() {
    let mut dex = Dex::down();
    let server = trusting(&dex).await;
    let reply = server.get_as("a.b.c", "/v1/me").await;
    assert_eq!(reply.status, 401, "what is no token at all needs no keys");
    dex.rise().await;
    let token = dex.token(AUDIENCE).await;
    dex.fall();
    let reply = server.get_as(&token, "/v1/me").await;
    let told = (reply.status, reply.problem());
    assert_eq!((told.0, told.1.as_str()), (503, "identity-provider-unavailable"));
    assert!(!reply.header("retry-after").is_empty());
    assert_eq!(status(&server, &server.token).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_trusts_the_provider_of_its_configuration() {
    let dex = Dex::start().await;
    let folder = std::env::temp_dir().join(format!("berth-oidc-{}", uuid::Uuid::new_v4().simple()));
    let roles = format!("groups=nobody:administrator, groups={GROUP}:auditor");
    let settings = [
        ("BERTH_OIDC__ISSUER", dex.issuer.as_str()),
        ("BERTH_OIDC__AUDIENCE", AUDIENCE),
        ("BERTH_OIDC__ROLES", roles.as_str()),
    ];
    let berth = Berth::start(&folder, &settings).await;
    let token = dex.token(AUDIENCE).await;
    assert_eq!(berth.status_as(&token, "/v1/events").await, 200);
    assert_eq!(berth.status_as(&dex.token(STRANGER).await, "/v1/events").await, 401);
    berth.stop().await;
    fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_over_tls_is_trusted_by_the_authority_of_the_configuration_and_no_other() {
    let (own, other) = (Authority::new("own"), Authority::new("other"));
    let dex = Dex::secured(&own).await;
    assert!(dex.issuer.starts_with("https://"), "{}", dex.issuer);
    let token = dex.token(AUDIENCE).await;
    let folder = std::env::temp_dir().join(format!("berth-oidc-{}", uuid::Uuid::new_v4().simple()));
    fs::create_dir_all(&folder).unwrap();
    let roles = format!("groups={GROUP}:auditor");
    for (authority, expected) in [(&own, 200), (&other, 503)] {
        let file = folder.join("authority.pem");
        fs::write(&file, &authority.certificate).unwrap();
        let settings = [
            ("BERTH_OIDC__ISSUER", dex.issuer.as_str()),
            ("BERTH_OIDC__AUDIENCE", AUDIENCE),
            ("BERTH_OIDC__ROLES", roles.as_str()),
            ("BERTH_OIDC__CA_FILE", file.to_str().unwrap()),
        ];
        let berth = Berth::start(&folder, &settings).await;
        assert_eq!(berth.status_as(&token, "/v1/events").await, expected);
        berth.stop().await;
    }
    fs::remove_dir_all(&folder).unwrap();
}
