//! Secrets that somebody else made on a cluster: listed as it shows them, and adopted.

use super::server::{Reply, Server, provider};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::TcpListener,
};
use tests::harness::Database;

/// The address of what answers as a Swarm would, with two secrets: one that no Berth made.
pub(crate) fn swarm() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let made = |id: &str, name: &str, labels: Value| {
        json!({
            "ID": id, "CreatedAt": "2026-03-01T12:00:00.123456789Z",
            "Spec": {"Name": name, "Labels": labels},
        })
    };
    let ours = json!({"berth.secret": uuid::Uuid::now_v7()});
    let body = json!([made("s1", "db_password", json!({})), made("s2", "db-v1", ours)]);
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else { return };
            let _ = connection.read(&mut [0; 4096]);
            let body = body.to_string();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            );
            drop(connection.write_all(answer.as_bytes()));
        }
    });
    url
}

/// A provider whose cluster is at this address, and the path of what that shows.
async fn stage(server: &Server, url: &str) -> (String, String) {
    let mut body = provider("Paris");
    body["clusters"] = json!([{"name": "c1", "url": url}]);
    let created = server.post("/v1/providers", &body).await;
    let path = format!("/v1/providers/{}", created.text_of("id"));
    let clusters = server.get(&format!("{path}/clusters?at_least={}", created.position())).await;
    let cluster = clusters.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let shown = format!("{path}/clusters/{cluster}/secrets");
    (path, shown)
}

fn body(name: &str) -> Value {
    json!({"name": name, "value": format!("{:032x}", rand::random::<u128>())})
}

fn refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.problem().as_str()), (status, code), "{reply:?}");
}

#[tokio::test]
async fn what_somebody_else_made_is_listed_and_adopted_once() {
    let server = Server::start(Database::create().await.options()).await;
    let (path, shown) = stage(&server, &swarm()).await;
    refused(&server.get(&shown).await, 409, "provider-disabled");
    assert_eq!(server.post(&format!("{path}/enable"), &json!({})).await.status, 202);
    let listed = server.get(&shown).await;
    let theirs = |adopted: Value| {
        json!({"items": [{
            "native_id": "s1", "name": "db_password",
            "created_at": "2026-03-01T12:00:00.123456Z", "adopted_as": adopted,
        }], "has_more": false})
    };
    assert_eq!((listed.status, listed.json()), (200, theirs(json!(null))));

    let unknown = server.post(&format!("{shown}/s2/adopt"), &body("db")).await;
    refused(&unknown, 404, "secret-not-found");
    let wrong = server.post(&format!("{shown}/s1/adopt"), &body("db_password")).await;
    assert_eq!(wrong.errors(), [("/name".to_owned(), "form".to_owned())]);
    let adopt = format!("{shown}/s1/adopt");
    let adopted = server.post(&adopt, &body("db")).await;
    assert_eq!(adopted.status, 201, "{adopted:?}");
    let id = adopted.text_of("id");
    let secret = format!("{path}/secrets/{id}");
    let row = server.get(&format!("{secret}?at_least={}", adopted.position())).await.json();
    assert_eq!((&row["name"], &row["value_version"]), (&json!("db"), &json!(1)));
    assert_eq!(row["adopted_from"]["native_id"], "s1");
    assert_eq!(row["adopted_from"]["name"], "db_password");
    assert_eq!(server.get(&shown).await.json(), theirs(json!(id)));
    refused(&server.post(&adopt, &body("again")).await, 409, "name-taken");

    assert_eq!(server.delete(&secret).await.status, 202);
    assert_eq!(server.post(&adopt, &body("db")).await.status, 201, "it may be adopted again");
}

#[tokio::test]
async fn a_cluster_that_does_not_answer_tells_nothing_and_nothing_is_recorded() {
    let server = Server::start(Database::create().await.options()).await;
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (path, shown) = stage(&server, &format!("http://{nobody}")).await;
    assert_eq!(server.post(&format!("{path}/enable"), &json!({})).await.status, 202);
    let before = server.head().await;
    refused(&server.get(&shown).await, 503, "cluster-unavailable");
    let adopted = server.post(&format!("{shown}/s1/adopt"), &body("db")).await;
    refused(&adopted, 503, "cluster-unavailable");
    let elsewhere = format!("{path}/clusters/{}/secrets", uuid::Uuid::nil());
    refused(&server.get(&elsewhere).await, 404, "cluster-not-found");
    assert_eq!(server.head().await, before);
}
