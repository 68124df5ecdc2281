//! What certificates come as: each form of a key, with and without those above it, for clients that
//! state what they are for and for those that have nothing but a name.

use super::server::{Reply, Server, provider};
use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{
    CertificateParams, ExtendedKeyUsagePurpose as Usage, KeyPair, PKCS_ED25519, PKCS_RSA_SHA256,
};
use rsa::{pkcs1::EncodeRsaPrivateKey, pkcs8::EncodePrivateKey, pkcs8::LineEnding};
use serde_json::{Value, json};
use tests::harness::{
    Database,
    certificate::{Authority, Pem},
};
use time::{Duration, OffsetDateTime};

/// Bytes of a PKCS#8 key of P-256 before the SEC1 key in it.
const PKCS8_HEADER_BYTES: usize = 29;

async fn server() -> Server {
    Server::start(Database::create().await.options()).await
}

fn unchanged(_: &mut CertificateParams) {}

fn material(key: &str, certificate: &str, ca: Option<&str>) -> Value {
    let mut body = json!({ "key": key, "certificate": certificate });
    if let Some(ca) = ca {
        body["ca"] = json!(ca);
    }
    body
}

fn named(name: &str, material: &Value) -> Value {
    let mut body = material.clone();
    body["name"] = json!(name);
    body
}

/// A provider whose cluster brings its certificate along.
fn with_inline(name: &str, material: &Value) -> Value {
    let mut body = provider(name);
    body["clusters"][0]["url"] = json!("https://10.9.0.1:2376");
    body["clusters"][0]["certificate"] = material.clone();
    body
}

/// Takes it in each of the three ways, and shows the one that was imported.
async fn taken(server: &Server, name: &str, material: &Value) -> Value {
    let imported = server.post("/v1/certificates", &named(name, material)).await;
    assert_eq!(imported.status, 201, "{name}: {imported:?}");
    let id = imported.text_of("id");
    let first = material_of(&Authority::new("another").client("another"));
    let first = server.post("/v1/certificates", &named(&format!("{name} 2"), &first)).await;
    let replaced = format!("/v1/certificates/{}", first.text_of("id"));
    assert_eq!(server.put(&replaced, material).await.status, 202, "{name}");
    let inline = server.post("/v1/providers", &with_inline(name, material)).await;
    assert_eq!(inline.status, 201, "{name}: {inline:?}");
    let head = server.head().await;
    let at = |path: &str| format!("{path}?at_least={head}");
    let shown = server.get(&at(&format!("/v1/certificates/{id}"))).await.json();
    let put = server.get(&at(&replaced)).await.json();
    let provider = format!("/v1/providers/{}", inline.text_of("id"));
    let provider = server.get(&at(&provider)).await.json();
    let own = provider["clusters"][0]["certificate_id"].as_str().unwrap();
    let own = server.get(&at(&format!("/v1/certificates/{own}"))).await.json();
    for other in [put, own] {
        for field in ["fingerprint", "certificate", "ca", "subject", "issuer", "not_after"] {
            assert_eq!(other[field], shown[field], "{name}: {field}");
        }
    }
    shown
}

fn material_of(pem: &Pem) -> Value {
    material(&pem.key, &pem.certificate, None)
}

/// Refuses it in each of the three ways, and names the field.
async fn refused(server: &Server, material: &Value, field: &str, rule: &str) {
    let head = server.head().await;
    let certificate = server.get("/v1/certificates").await.json()["items"][0]["id"].clone();
    let path = format!("/v1/certificates/{}", certificate.as_str().unwrap());
    let is_named = |reply: &Reply, at: &str| {
        assert_eq!((reply.status, reply.problem().as_str()), (422, "invalid-fields"), "{reply:?}");
        assert_eq!(reply.errors(), [(format!("{at}/{field}"), rule.to_owned())], "{reply:?}");
    };
    is_named(&server.post("/v1/certificates", &named("refused", material)).await, "");
    is_named(&server.put(&path, material).await, "");
    let inline = server.post("/v1/providers", &with_inline("Refused", material)).await;
    is_named(&inline, "/clusters/0/certificate");
    assert_eq!(server.head().await, head, "nothing was recorded");
}

#[tokio::test]
async fn a_key_is_taken_as_pkcs8_as_pkcs1_and_as_sec1() {
    let (server, authority) = (server().await, Authority::new("authority"));
    let ec = KeyPair::generate().unwrap();
    let ed25519 = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let secret = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
    let pkcs8 = secret.to_pkcs8_pem(LineEnding::LF).unwrap();
    let pkcs1 = secret.to_pkcs1_pem(LineEnding::LF).unwrap();
    let rsa = KeyPair::from_pem_and_sign_algo(&pkcs8, &PKCS_RSA_SHA256).unwrap();
    let sec1 = STANDARD.encode(&ec.serialize_der()[PKCS8_HEADER_BYTES..]);
    let sec1 = format!("-----BEGIN EC PRIVATE KEY-----\n{sec1}\n-----END EC PRIVATE KEY-----\n");
    for (form, begins, pair, key) in [
        ("PKCS8 EC", "PRIVATE KEY", &ec, ec.serialize_pem()),
        ("PKCS8 Ed25519", "PRIVATE KEY", &ed25519, ed25519.serialize_pem()),
        ("PKCS8 RSA", "PRIVATE KEY", &rsa, pkcs8.to_string()),
        ("PKCS1", "RSA PRIVATE KEY", &rsa, pkcs1.to_string()),
        ("SEC1", "EC PRIVATE KEY", &ec, sec1),
    ] {
        assert!(key.starts_with(&format!("-----BEGIN {begins}-----")), "{form}");
        let certificate = authority.certify(pair, form, &[], unchanged);
        let shown = taken(&server, form, &material(&key, &certificate, None)).await;
        assert!(shown["subject"].as_str().unwrap().contains(&format!("CN={form}")), "{shown}");
        // In its own form as in any other, a key is that of one certificate.
        let stranger = authority.client("stranger").certificate;
        refused(&server, &material(&key, &stranger, None), "key", "key_mismatch").await;
    }
}

#[tokio::test]
async fn a_chain_is_taken_in_its_order_with_the_authorities_beside_it() {
    let (server, root, other) = (server().await, Authority::new("root"), Authority::new("other"));
    let middle = root.beneath("middle");
    let client = middle.client("client");
    let (own, above, top) = (&client.certificate, &middle.certificate, &root.certificate);
    let with = |certificate: &str, ca| material(&client.key, certificate, ca);
    let blocks = |shown: &Value, field: &str| {
        shown[field].as_str().unwrap().matches("BEGIN CERTIFICATE").count()
    };
    let shown = taken(&server, "chain", &with(&format!("{own}{above}"), None)).await;
    assert_eq!((blocks(&shown, "certificate"), &shown["ca"]), (2, &Value::Null), "{shown}");
    assert!(shown["subject"].as_str().unwrap().contains("CN=client"), "the first one's: {shown}");
    assert!(shown["issuer"].as_str().unwrap().contains("CN=middle"), "{shown}");
    let whole = format!("{own}{above}{top}");
    let shown = taken(&server, "whole", &with(&whole, Some(top))).await;
    assert_eq!((blocks(&shown, "certificate"), blocks(&shown, "ca")), (3, 1), "{shown}");
    // Authorities are a set, not a chain: any order, also of strangers to each other.
    let two = format!("{}{top}", other.certificate);
    let shown = taken(&server, "authorities", &with(own, Some(&two))).await;
    assert_eq!((blocks(&shown, "certificate"), blocks(&shown, "ca")), (1, 2), "{shown}");

    let stranger = &other.certificate;
    for wrong in [
        format!("{above}{own}"),
        format!("{own}{top}{above}"),
        format!("{own}{top}"),
        format!("{own}{above}{stranger}"),
        format!("{own}{own}"),
    ] {
        refused(&server, &with(&wrong, None), "certificate", "chain_order").await;
    }
    refused(&server, &with(own, Some("no pem")), "ca", "pem").await;
    refused(&server, &with(own, Some(&client.key)), "ca", "pem").await;
}

#[tokio::test]
async fn a_client_needs_a_name_and_no_usage_but_not_the_usage_of_a_server() {
    let (server, authority) = (server().await, Authority::new("authority"));
    let usages = |usages: Vec<Usage>| {
        authority.issue("client", &[], |params| params.extended_key_usages = usages)
    };
    for (name, pem) in [
        ("nothing but a name", usages(vec![])),
        ("a client by name", authority.client("client")),
        ("client and server", usages(vec![Usage::ServerAuth, Usage::ClientAuth])),
        ("anything", usages(vec![Usage::Any])),
    ] {
        let shown = taken(&server, name, &material_of(&pem)).await;
        assert!(shown["subject"].as_str().unwrap().contains("CN=client"), "{shown}");
        assert_eq!(shown["subject_alternative_names"], json!([]), "{name}");
    }
    let names = ["swarm.internal", "10.9.0.1"];
    let pem = authority.issue("client", &names, unchanged);
    let shown = taken(&server, "with further names", &material_of(&pem)).await;
    let names = json!(["DNS:swarm.internal", "IP:10.9.0.1"]);
    assert_eq!(shown["subject_alternative_names"], names);
    for pem in [authority.server(&["swarm.internal"]), usages(vec![Usage::CodeSigning])] {
        refused(&server, &material_of(&pem), "certificate", "client_auth").await;
    }
    let soon = OffsetDateTime::now_utc() + Duration::HOUR;
    let soon = authority.issue("client", &[], |params| params.not_before = soon);
    refused(&server, &material_of(&soon), "certificate", "not_yet_valid").await;
}
