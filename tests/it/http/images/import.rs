//! What one provider exports, another imports: all of it, or nothing.

use super::{Reply, Server, declared, image, stage};
use reqwest::Method;
use serde_json::{Value, json};

fn entry(reference: &str, visibility: &str, state: &str) -> Value {
    json!({"reference": reference, "visibility": visibility, "state": state})
}

/// What an import says of its entries.
fn outcomes(reply: &Reply) -> Vec<(String, String)> {
    assert_eq!(reply.status, 202, "{reply:?}");
    let part = |image: &Value, name: &str| image[name].as_str().unwrap().to_owned();
    let json = reply.json();
    let images = json["images"].as_array().unwrap();
    images.iter().map(|image| (part(image, "reference"), part(image, "outcome"))).collect()
}

fn told(outcomes: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(reference, outcome): &(&str, &str)| ((*reference).into(), (*outcome).into());
    outcomes.iter().map(owned).collect()
}

/// The export after a command.
async fn exported(server: &Server, images: &str, since: &Reply) -> Reply {
    let reply = server.get(&format!("{images}/export?at_least={}", since.position())).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply
}

#[tokio::test]
async fn what_one_provider_exports_makes_another_like_it() {
    let (server, images) = stage().await;
    declared(&server, &images, "nginx:1").await;
    let path = declared(&server, &images, "busybox").await;
    server.put(&format!("{path}/visibility"), &json!({"visibility": "private"})).await;
    let last = server.post(&format!("{path}/enable"), &json!({})).await;
    let export = exported(&server, &images, &last).await;
    assert_eq!(export.header("content-disposition"), "attachment; filename=\"images.json\"");
    assert!(export.headers.get("link").is_none(), "it is complete");
    let catalog = export.json();
    let busybox = entry("busybox", "private", "enabled");
    assert_eq!(catalog, json!({"images": [busybox, entry("nginx:1", "public", "disabled")]}));

    let lyon = server.provider("Lyon").await;
    let elsewhere = format!("/v1/providers/{lyon}/images");
    let import = server.post(&format!("{elsewhere}/import"), &catalog).await;
    assert_eq!(outcomes(&import), told(&[("busybox", "declared"), ("nginx:1", "declared")]));
    assert_eq!(import.text_of("id"), lyon);
    assert_eq!(exported(&server, &elsewhere, &import).await.json(), catalog);
    let made = import.json()["images"][0]["id"].as_str().unwrap().to_owned();
    let shown = server.get(&format!("{elsewhere}/{made}")).await.json();
    assert_eq!((&shown["reference"], &shown["state"]), (&json!("busybox"), &json!("enabled")));

    let before = server.head().await;
    let again = server.post(&format!("{elsewhere}/import"), &catalog).await;
    assert_eq!(outcomes(&again), told(&[("busybox", "unchanged"), ("nginx:1", "unchanged")]));
    assert_eq!(server.head().await, before, "an import again records nothing");
}

#[tokio::test]
async fn an_import_changes_what_is_there_to_what_it_says() {
    let (server, images) = stage().await;
    let nginx = declared(&server, &images, "nginx").await;
    let busybox = declared(&server, &images, "busybox").await;
    server.post(&format!("{busybox}/enable"), &json!({})).await;
    let catalog = json!({"images": [
        entry("docker.io/library/nginx:latest", "private", "enabled"),
        image("busybox"),
        image("redis"),
    ]});
    let import = server.post(&format!("{images}/import"), &catalog).await;
    let expected = [
        ("docker.io/library/nginx:latest", "changed"),
        ("busybox", "unchanged"),
        ("redis", "declared"),
    ];
    assert_eq!(outcomes(&import), told(&expected));
    assert_eq!(format!("{images}/{}", import.json()["images"][0]["id"].as_str().unwrap()), nginx);
    let expected = json!({"images": [
        entry("busybox", "public", "enabled"),
        entry("nginx", "private", "enabled"),
        entry("redis", "public", "disabled"),
    ]});
    assert_eq!(exported(&server, &images, &import).await.json(), expected);
    // Withdrawn ones are declared anew.
    server.delete(&nginx).await;
    let import = server.post(&format!("{images}/import"), &catalog).await;
    assert_eq!(outcomes(&import)[0].1, "declared");
}

#[tokio::test]
async fn one_wrong_entry_keeps_all_others_out_and_each_wrong_one_is_named() {
    let (server, images) = stage().await;
    let before = server.head().await;
    let wrong = json!({"images": [
        image("nginx"), image("Not A Reference"), image("redis"), image("redis:latest"),
        image("a:"),
    ]});
    let refused = server.post(&format!("{images}/import"), &wrong).await;
    assert_eq!((refused.status, refused.problem().as_str()), (422, "invalid-fields"));
    let expected = [
        ("/images/1/reference", "repository"),
        ("/images/3/reference", "unique"),
        ("/images/4/reference", "tag"),
    ];
    assert_eq!(refused.errors(), told(&expected));
    assert_eq!(server.head().await, before);
}

#[tokio::test]
async fn a_thousand_images_are_one_import_and_a_repeat_gets_the_same_answer() {
    let (server, images) = stage().await;
    let all: Vec<Value> =
        (0..1000).map(|number| entry(&format!("app:{number:04}"), "public", "enabled")).collect();
    let import = async || {
        let request = server.request(Method::POST, &format!("{images}/import"));
        let request = request.header("Idempotency-Key", "once");
        Reply::of(request.json(&json!({"images": all}))).await
    };
    let before = server.head().await;
    let first = import().await;
    assert!(outcomes(&first).iter().all(|(_, outcome)| outcome == "declared"));
    assert_eq!(server.head().await, before + 2000);
    let export = exported(&server, &images, &first).await;
    assert_eq!(export.json()["images"], json!(all));
    assert_eq!(import().await.text, first.text, "it is the first answer, not a second import");
    // One more makes two parts.
    let last = server.post(&images, &image("zeta")).await;
    let export = exported(&server, &images, &last).await;
    let link = export.header("link").to_owned();
    let next = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
    let rest = server.get(next).await;
    assert_eq!(rest.json(), json!({"images": [entry("zeta", "public", "disabled")]}));
    assert!(rest.headers.get("link").is_none());
}

#[tokio::test]
async fn imports_at_the_same_moment_declare_each_image_once() {
    let (server, images) = stage().await;
    let catalog = |from: u32| {
        let images: Vec<_> =
            (from..from + 20).map(|number| image(&format!("a:{number}"))).collect();
        json!({ "images": images })
    };
    let path = format!("{images}/import");
    let (odd, even) = (catalog(0), catalog(10));
    let (first, second) = tokio::join!(server.post(&path, &odd), server.post(&path, &even));
    let mut declared = 0;
    for reply in [&first, &second] {
        declared += outcomes(reply).iter().filter(|(_, outcome)| outcome == "declared").count();
    }
    assert_eq!(declared, 30);
}
