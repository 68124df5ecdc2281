//! Images of a provider: declared, enabled, shown to whom they are meant for, handed on, withdrawn.

mod import;
mod refused;

use super::server::{Reply, Server, provider};
use reqwest::Method;
use serde_json::{Value, json};
use tests::harness::Database;

/// A server with a provider, and the path of its images.
async fn stage() -> (Server, String) {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Paris").await;
    (server, format!("/v1/providers/{id}/images"))
}

fn image(reference: &str) -> Value {
    json!({"reference": reference, "visibility": "public"})
}

/// Declares an image and answers its address.
async fn declared(server: &Server, images: &str, reference: &str) -> String {
    let reply = server.post(images, &image(reference)).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    format!("{images}/{}", reply.text_of("id"))
}

/// One member of every entry of a page, as it is after `since`.
async fn each(server: &Server, list: &str, since: &Reply, member: &str) -> Vec<Value> {
    let mark = if list.contains('?') { '&' } else { '?' };
    let page = server.get(&format!("{list}{mark}at_least={}", since.position())).await;
    assert_eq!(page.status, 200, "{page:?}");
    let page = page.json();
    page["items"].as_array().unwrap().iter().map(|item| item[member].clone()).collect()
}

#[tokio::test]
async fn an_image_is_declared_disabled_and_lives_until_it_is_withdrawn() {
    let (server, images) = stage().await;
    let made = server.post(&images, &image("registry.example:5000/team/app:1.2")).await;
    assert_eq!((made.status, made.json()["version"].as_i64()), (201, Some(1)), "{made:?}");
    let path = format!("{images}/{}", made.text_of("id"));
    assert_eq!(made.header("location"), format!("{path}?at_least={}", made.position()));

    let shown = server.get(made.header("location")).await;
    assert_eq!((shown.status, shown.header("etag")), (200, "\"1\""), "{shown:?}");
    let shown = shown.json();
    assert_eq!(shown["reference"], "registry.example:5000/team/app:1.2");
    assert_eq!(shown["registry"], "registry.example:5000");
    assert_eq!((&shown["state"], &shown["visibility"]), (&json!("disabled"), &json!("public")));
    assert_eq!(format!("/v1/providers/{}/images", shown["provider_id"].as_str().unwrap()), images);

    let enabled = server.post(&format!("{path}/enable"), &json!({})).await;
    assert_eq!((enabled.status, enabled.json()["version"].as_i64()), (202, Some(2)));
    let again = server.post(&format!("{path}/enable"), &json!({})).await;
    assert_eq!((again.status, again.json()["version"].as_i64()), (202, Some(2)), "no event");
    let hidden = server.put(&format!("{path}/visibility"), &json!({"visibility": "private"})).await;
    assert_eq!(hidden.json()["version"], 3);
    let shown = server.get(&format!("{path}?at_least={}", hidden.position())).await.json();
    assert_eq!((&shown["state"], &shown["visibility"]), (&json!("enabled"), &json!("private")));
    assert_eq!(server.post(&format!("{path}/disable"), &json!({})).await.json()["version"], 4);

    let gone = server.delete(&path).await;
    assert_eq!((gone.status, gone.json()["version"].as_i64()), (202, Some(5)));
    let shown = server.get(&format!("{path}?at_least={}", gone.position())).await;
    assert_eq!((shown.status, shown.problem().as_str()), (404, "image-not-found"));
    assert_eq!(server.delete(&path).await.json()["version"], 5, "withdrawn already");
    for (verb, body) in [("enable", json!({})), ("disable", json!({}))] {
        let late = server.post(&format!("{path}/{verb}"), &body).await;
        assert_eq!((late.status, late.problem().as_str()), (410, "removed"));
    }
    let late = server.put(&format!("{path}/visibility"), &json!({"visibility": "public"})).await;
    assert_eq!(late.problem(), "removed");
    let again = declared(&server, &images, "registry.example:5000/team/app:1.2").await;
    assert_ne!(again, path, "the same reference is another image now");
}

#[tokio::test]
async fn a_reference_belongs_to_one_image_of_a_provider_however_it_is_spelt() {
    let (server, images) = stage().await;
    let path = declared(&server, &images, "nginx").await;
    let before = server.head().await;
    for spelt in ["nginx", "nginx:latest", "docker.io/library/nginx", "index.docker.io/nginx"] {
        let taken = server.post(&images, &image(spelt)).await;
        assert_eq!((taken.status, taken.problem().as_str()), (409, "name-taken"), "{spelt}");
        assert_eq!(taken.errors(), [("/reference".to_owned(), "unique".to_owned())]);
        let by = taken.text_of("taken_by");
        assert_eq!(format!("{images}/{}", by.trim_start_matches("image:")), path);
    }
    assert_eq!(server.head().await, before);
    declared(&server, &images, "nginx:1").await;
    let lyon = server.provider("Lyon").await;
    declared(&server, &format!("/v1/providers/{lyon}/images"), "nginx").await;
    server.delete(&path).await;
    declared(&server, &images, "docker.io/nginx").await;
}

#[tokio::test]
async fn images_are_listed_filtered_and_paged() {
    let (server, images) = stage().await;
    for reference in ["redis:8", "nginx", "registry.example/team/app"] {
        declared(&server, &images, reference).await;
    }
    let path = declared(&server, &images, "busybox").await;
    server.post(&format!("{path}/enable"), &json!({})).await;
    let hidden = json!({"visibility": "private"});
    let last = server.put(&format!("{path}/visibility"), &hidden).await;
    let all = ["busybox", "nginx", "redis:8", "registry.example/team/app"];
    assert_eq!(each(&server, &images, &last, "reference").await, all);
    for (query, found) in [
        ("reference=TEAM", vec!["registry.example/team/app"]),
        ("state=enabled", vec!["busybox"]),
        ("visibility=private", vec!["busybox"]),
        ("visibility=public&state=enabled", vec![]),
        ("sort=created_at&limit=1", vec!["redis:8"]),
        ("sort=-name&limit=2", vec!["registry.example/team/app", "redis:8"]),
    ] {
        let list = format!("{images}?{query}");
        assert_eq!(each(&server, &list, &last, "reference").await, found, "{query}");
    }
    let first = server.get(&format!("{images}?limit=3")).await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = server.get(&format!("{images}?limit=3&cursor={cursor}")).await.json();
    assert_eq!(second["items"][0]["reference"], "registry.example/team/app");
    assert_eq!(second["next_cursor"], Value::Null);
    for (query, field) in [
        ("state=odd", "state"),
        ("visibility=secret", "visibility"),
        ("available_to=acme", "available_to"),
        ("cursor=nonsense", "cursor"),
        ("colour=red", "colour"),
    ] {
        let reply = server.get(&format!("{images}?{query}")).await;
        assert_eq!((reply.status, reply.problem().as_str()), (400, "malformed-parameter"));
        assert_eq!(reply.errors()[0].0, field);
    }
}

/// What Acme may use, after a command.
async fn available(server: &Server, images: &str, acme: &str, since: &Reply) -> Vec<Value> {
    each(server, &format!("{images}?available_to={acme}"), since, "reference").await
}

#[tokio::test]
async fn an_organization_may_use_what_is_enabled_and_visible_on_an_enabled_visible_provider() {
    let (server, images) = stage().await;
    let paris = images.trim_end_matches("/images").to_owned();
    let acme = server.post("/v1/organizations", &json!({"name": "Acme"})).await.text_of("id");
    let path = declared(&server, &images, "nginx").await;
    let now = server.post(&format!("{path}/enable"), &json!({})).await;
    let none: Vec<Value> = vec![];
    assert_eq!(available(&server, &images, &acme, &now).await, none, "the provider is disabled");
    let now = server.post(&format!("{paris}/enable"), &json!({})).await;
    assert_eq!(available(&server, &images, &acme, &now).await, ["nginx"]);
    let now = server.put(&format!("{path}/visibility"), &json!({"visibility": "private"})).await;
    assert_eq!(available(&server, &images, &acme, &now).await, none, "the image is private");
    let associate = format!("/v1/organizations/{acme}/{}", paris.trim_start_matches("/v1/"));
    let now = server.put(&associate, &json!({})).await;
    assert_eq!(available(&server, &images, &acme, &now).await, ["nginx"]);
    let now = server.patch(&paris, &json!({"visibility": "private"})).await;
    assert_eq!(available(&server, &images, &acme, &now).await, ["nginx"]);
    let now = server.post(&format!("{path}/disable"), &json!({})).await;
    assert_eq!(available(&server, &images, &acme, &now).await, none, "the image is disabled");
    let now = server.post(&format!("{path}/enable"), &json!({})).await;
    assert_eq!(available(&server, &images, &acme, &now).await, ["nginx"]);
    let now = server.post(&format!("{paris}/disable"), &json!({})).await;
    assert_eq!(available(&server, &images, &acme, &now).await, none, "the provider is disabled");
}

#[tokio::test]
async fn an_image_is_found_on_its_own_provider_only() {
    let (server, images) = stage().await;
    let path = declared(&server, &images, "nginx").await;
    let id = path.rsplit('/').next().unwrap();
    let lyon = server.post("/v1/providers", &provider("Lyon")).await.text_of("id");
    let nobody = uuid::Uuid::now_v7();
    let before = server.head().await;
    for path in [
        format!("/v1/providers/{lyon}/images/{id}"),
        format!("/v1/providers/{nobody}/images/{id}"),
        format!("{images}/{nobody}"),
    ] {
        for (method, verb, body) in [
            (Method::GET, "", json!({})),
            (Method::DELETE, "", json!({})),
            (Method::POST, "/enable", json!({})),
            (Method::POST, "/disable", json!({})),
            (Method::PUT, "/visibility", json!({"visibility": "private"})),
        ] {
            let what = format!("{method} {path}{verb}");
            let request = server.request(method, &format!("{path}{verb}")).json(&body);
            let reply = Reply::of(request).await;
            assert_eq!(
                (reply.status, reply.problem().as_str()),
                (404, "image-not-found"),
                "{what}"
            );
        }
    }
    let nowhere = format!("/v1/providers/{nobody}/images");
    for reply in [
        server.get(&nowhere).await,
        server.get(&format!("{nowhere}/export")).await,
        server.post(&nowhere, &image("nginx")).await,
        server.post(&format!("{nowhere}/import"), &json!({"images": []})).await,
    ] {
        assert_eq!((reply.status, reply.problem().as_str()), (404, "provider-not-found"));
    }
    assert_eq!(server.head().await, before);
}

#[tokio::test]
async fn a_version_that_is_gone_and_a_repeat_are_told_from_a_change() {
    let (server, images) = stage().await;
    let path = declared(&server, &images, "nginx").await;
    server.post(&format!("{path}/enable"), &json!({})).await;
    let late = server.request(Method::DELETE, &path).header("If-Match", "\"1\"");
    let late = Reply::of(late).await;
    assert_eq!((late.status, late.problem().as_str()), (412, "version-gone"));
    assert_eq!(late.json()["changes"][0]["type"], "ImageEnabled");
    let again = async |body: Value| {
        let request = server.request(Method::POST, &images).header("Idempotency-Key", "once");
        Reply::of(request.json(&body)).await
    };
    let first = again(image("redis")).await;
    assert_eq!(first.status, 201);
    assert_eq!(again(image("redis")).await.text, first.text);
    assert_eq!(again(image("valkey")).await.problem(), "idempotency-key-reused");
}

#[tokio::test]
async fn the_history_of_a_provider_tells_what_happened_to_its_images() {
    let (server, images) = stage().await;
    let path = declared(&server, &images, "nginx").await;
    server.put(&format!("{path}/visibility"), &json!({"visibility": "private"})).await;
    server.delete(&path).await;
    let history = format!("{}/history", images.trim_end_matches("/images"));
    let events = server.get(&history).await.json();
    let types: Vec<_> = events["items"].as_array().unwrap().iter().map(|e| &e["type"]).collect();
    assert_eq!(types[..3], ["ImageWithdrawn", "ImageVisibilityChanged", "ImageDeclared"]);
}
