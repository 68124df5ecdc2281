//! What a cluster is reached with: certificates, tokens, kubeconfigs; kept, used, and never shown.

use super::server::{Server, cluster, provider};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tests::harness::{Database, certificate::Pem};

const K8S: &str = "https://k8s.internal:6443";

async fn server() -> Server {
    Server::start(Database::create().await.options()).await
}

fn token() -> String {
    format!("t{:032x}", rand::random::<u128>())
}

fn kubernetes(name: &str, clusters: &[Value]) -> Value {
    let mut body = provider(name);
    body["kind"] = json!("kubernetes");
    body["clusters"] = json!(clusters);
    body
}

async fn created(server: &Server, body: &Value) -> String {
    let reply = server.post("/v1/providers", body).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.text_of("id")
}

async fn clusters(server: &Server, provider: &str) -> Vec<Value> {
    let head = server.head().await;
    let reply = server.get(&format!("/v1/providers/{provider}/clusters?at_least={head}")).await;
    reply.json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_certificate_given_inline_becomes_one_like_any_other() {
    let server = server().await;
    let pem = Pem::new("berth", 90);
    let mut body = provider("Paris");
    body["clusters"] = json!([
        {"name": "one", "url": "https://10.9.0.1:2376", "certificate": pem.body()},
        {"name": "two", "url": "https://10.9.0.2:2376", "certificate": Pem::new("b", 80).body()},
    ]);
    let id = created(&server, &body).await;
    let shown = clusters(&server, &id).await;
    for (cluster, name) in shown.iter().zip(["one", "two"]) {
        let certificate = cluster["certificate_id"].as_str().unwrap();
        let head = server.head().await;
        let it = server.get(&format!("/v1/certificates/{certificate}?at_least={head}")).await;
        assert!(it.text_of("name").starts_with(name), "{it:?}");
        assert_eq!(it.json()["used_by"][0]["cluster_id"], cluster["id"]);
        let refused = server.delete(&format!("/v1/certificates/{certificate}")).await;
        assert_eq!(refused.problem(), "still-used");
    }
    assert_ne!(shown[0]["certificate_id"], shown[1]["certificate_id"]);
    assert_eq!(shown[0]["health_reason"], Value::Null, "nothing is in the way");
}

#[tokio::test]
async fn a_kubernetes_cluster_is_recorded_with_its_token() {
    let server = server().await;
    let (secret, ca) = (token(), Pem::new("authority", 90).certificate);
    let cluster = json!({"name": "one", "url": K8S, "token": secret, "ca": ca});
    let id = created(&server, &kubernetes("Paris", &[cluster])).await;
    let shown = &clusters(&server, &id).await[0];
    assert_eq!((&shown["has_token"], &shown["certificate_id"]), (&json!(true), &Value::Null));
    assert!(shown["ca"].as_str().unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    assert_eq!(shown["health_reason"], Value::Null, "nothing is in the way");
    assert_eq!(server.post(&format!("/v1/providers/{id}/enable"), &json!({})).await.status, 202);
    for path in ["/v1/events".to_owned(), format!("/v1/providers/{id}/history")] {
        assert!(!server.get(&path).await.text.contains(&secret), "{path}");
    }
}

#[tokio::test]
async fn another_host_gets_a_token_only_if_it_is_given_again() {
    let server = server().await;
    let body = json!({"name": "one", "url": K8S, "token": token()});
    let id = created(&server, &kubernetes("Paris", &[body])).await;
    let cluster = clusters(&server, &id).await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/providers/{id}/clusters/{cluster}");
    let elsewhere = "https://other.internal:6443";
    let refused = server.patch(&path, &json!({"url": elsewhere})).await;
    assert_eq!((refused.status, refused.problem().as_str()), (422, "token-needed"));
    assert_eq!(refused.errors(), [("/token".to_owned(), "missing".to_owned())]);
    let again = json!({"url": elsewhere, "token": token()});
    assert_eq!(server.patch(&path, &again).await.status, 202);
    let below = json!({"url": format!("{elsewhere}/below")});
    assert_eq!(server.patch(&path, &below).await.status, 202, "the same host");
    let without = json!({"url": K8S, "token": null});
    assert_eq!(server.patch(&path, &without).await.status, 202);
    assert_eq!(clusters(&server, &id).await[0]["has_token"], json!(false));
}

#[tokio::test]
async fn a_kubeconfig_says_all_that_is_needed() {
    let server = server().await;
    let (pem, secret) = (Pem::new("admin", 90), token());
    let config = pem.kubeconfig(K8S, &secret);
    let body = json!({"name": "one", "kubeconfig": config});
    let id = created(&server, &kubernetes("Paris", &[body])).await;
    let shown = &clusters(&server, &id).await[0];
    assert_eq!((&shown["url"], &shown["has_token"]), (&json!(K8S), &json!(true)));
    assert!(shown["certificate_id"].is_string() && shown["ca"].is_string());
    let mut both = json!({"name": "two", "kubeconfig": config, "url": K8S});
    both["token"] = json!(secret);
    let refused = server.post(&format!("/v1/providers/{id}/clusters"), &both).await;
    let one_of = |field: &str| (field.to_owned(), "one_of".to_owned());
    assert_eq!(refused.errors(), [one_of("/url"), one_of("/token")]);
    let nothing = server.post(&format!("/v1/providers/{id}/clusters"), &json!({"name": "x"})).await;
    assert_eq!(nothing.errors(), [("/url".to_owned(), "missing".to_owned())]);
}

/// As `kubectl config view --raw` prints it where there are several clusters.
#[tokio::test]
async fn a_kubeconfig_of_several_contexts_in_yaml_is_read_by_its_current_one() {
    let server = server().await;
    let (pem, secret) = (Pem::new("admin", 90), token());
    let [certificate, key] = [&pem.certificate, &pem.key].map(|text| STANDARD.encode(text));
    let config = format!(
        "# a comment\n\
         apiVersion: v1\n\
         clusters:\n\
         - cluster:\n    server: https://spare.internal:6443\n  name: spare\n\
         - cluster:\n    certificate-authority-data: {certificate}\n    server: {K8S}\n\
         \u{20}   tls-server-name: api.example\n  name: one\n\
         contexts:\n\
         - context: {{cluster: spare, user: me}}\n  name: spare\n\
         - context:\n    cluster: one\n    namespace: shop\n    user: me\n  name: main\n\
         current-context: main\n\
         kind: Config\n\
         preferences: {{}}\n\
         users:\n\
         - name: me\n  user:\n    client-certificate-data: {certificate}\n\
         \u{20}   client-key-data: {key}\n    token: {secret}\n"
    );
    let body = json!({"name": "one", "kubeconfig": config});
    let id = created(&server, &kubernetes("Paris", &[body])).await;
    let shown = &clusters(&server, &id).await[0];
    assert_eq!((&shown["url"], &shown["server_name"]), (&json!(K8S), &json!("api.example")));
    assert!(shown["certificate_id"].is_string() && shown["ca"].is_string(), "{shown}");
    assert_eq!(shown["has_token"], json!(true));
    for path in ["/v1/events", "/v1/certificates", &format!("/v1/providers/{id}")] {
        let text = server.get(path).await.text;
        assert!(!text.contains(&secret) && !text.contains(&key), "{path}");
    }
}

#[tokio::test]
async fn a_kubeconfig_that_reaches_beyond_itself_is_refused() {
    let server = server().await;
    let head = server.head().await;
    for (place, value, rule) in [
        ("/users/0/user/exec", json!({"command": "aws"}), "exec"),
        ("/users/0/user/auth-provider", json!({"name": "gcp"}), "auth_provider"),
        ("/users/0/user/client-key", json!("/etc/key"), "file_path"),
        ("/users/0/user/client-certificate", json!("/etc/cert"), "file_path"),
        ("/users/0/user/tokenFile", json!("/etc/token"), "file_path"),
        ("/clusters/0/cluster/certificate-authority", json!("/etc/ca"), "file_path"),
        ("/clusters/0/cluster/proxy-url", json!("http://proxy"), "proxy_url"),
        ("/clusters/0/cluster/insecure-skip-tls-verify", json!(true), "insecure"),
    ] {
        let text = Pem::new("admin", 90).kubeconfig(K8S, &token());
        let mut config: Value = serde_json::from_str(&text).unwrap();
        let (above, name) = place.rsplit_once('/').unwrap();
        config.pointer_mut(above).unwrap()[name] = value;
        let body = json!({"name": "one", "kubeconfig": config.to_string()});
        let reply = server.post("/v1/providers", &kubernetes("Refused", &[body])).await;
        assert_eq!(reply.status, 422, "{reply:?}");
        assert_eq!(reply.errors(), [("/clusters/0/kubeconfig".to_owned(), rule.to_owned())]);
        assert!(reply.json()["detail"].as_str().unwrap().contains(place), "{reply:?}");
    }
    let metadata = Pem::new("admin", 90).kubeconfig("https://169.254.169.254", &token());
    let body = json!({"name": "one", "kubeconfig": metadata});
    let reply = server.post("/v1/providers", &kubernetes("Refused", &[body])).await;
    assert_eq!(reply.errors(), [("/clusters/0/kubeconfig".to_owned(), "network".to_owned())]);
    assert_eq!(server.head().await, head);
}

#[tokio::test]
async fn each_kind_is_reached_in_its_way_and_no_secret_goes_in_the_clear() {
    let server = server().await;
    let fails = async |kind: &str, cluster: Value, field: &str| {
        let mut body = provider("Refused");
        body["kind"] = json!(kind);
        body["clusters"] = json!([cluster]);
        let reply = server.post("/v1/providers", &body).await;
        let expected = (format!("/clusters/0/{field}"), "unfit".to_owned());
        assert_eq!(reply.errors(), [expected], "{reply:?}");
    };
    fails("swarm", json!({"name": "a", "url": K8S, "token": token()}), "token").await;
    let several = json!({"name": "a", "url": K8S, "urls": ["https://b"]});
    fails("kubernetes", several, "urls").await;
    let plain = "http://k8s.internal:6443";
    fails("kubernetes", json!({"name": "a", "url": plain, "token": token()}), "token").await;
    let pem = Pem::new("berth", 90);
    let inline = json!({"name": "a", "url": "http://a", "certificate": pem.body()});
    fails("swarm", inline, "certificate_id").await;
    fails("swarm", json!({"name": "a", "url": "http://a", "ca": pem.certificate}), "ca").await;

    // The same is judged where a cluster is added to what is there already.
    let id = created(&server, &provider("Paris")).await;
    let mut added = cluster(2);
    added["token"] = json!(token());
    let reply = server.post(&format!("/v1/providers/{id}/clusters"), &added).await;
    assert_eq!((reply.status, reply.problem().as_str()), (422, "cluster-unfit"));
    assert_eq!(reply.errors(), [("/token".to_owned(), "unfit".to_owned())]);
    let unknown = json!({"name": "a", "url": K8S, "certificate_id": id});
    let reply = server.post(&format!("/v1/providers/{id}/clusters"), &unknown).await;
    assert_eq!((reply.status, reply.problem().as_str()), (404, "certificate-not-found"));
}

#[tokio::test]
async fn ten_thousand_clusters_in_one_request_are_too_many() {
    let server = server().await;
    let cluster = json!({"name": "", "url": ""});
    let mut body = provider("Refused");
    body["clusters"] = json!(vec![cluster; 10_000]);
    let reply = server.post("/v1/providers", &body).await;
    assert_eq!(reply.errors(), [("/clusters".to_owned(), "too_many".to_owned())]);
    body["clusters"] = json!(vec![json!({"name": "", "url": ""}); 101]);
    let reply = server.post("/v1/providers", &body).await;
    assert_eq!(reply.errors(), [("/clusters".to_owned(), "too_many".to_owned())]);
}
