//! Readers that follow the log: no event twice, none left out, and nobody who holds the rest up.

use super::{
    follower::{Follower, PATH},
    server::{Reply, Server, provider},
};
use api::streams::Limits;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Executor;
use std::time::Duration;
use tests::harness::{
    Database,
    wait::{SOON, eventually},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
    time::timeout,
};

async fn limited(limits: Limits) -> Server {
    Server::with_streams(Database::create().await.options(), limits).await
}

async fn register(server: &Server, number: i64) -> i64 {
    let body = json!({ "name": format!("organization {number}") });
    server.post("/v1/organizations", &body).await.position()
}

#[tokio::test]
async fn a_reader_sees_what_is_recorded_as_the_list_shows_it() {
    let server = Server::start(Database::create().await.options()).await;
    server.provider("Paris").await;
    let mut from_now = Follower::at(&server, "", None).await;
    let mut from_then = Follower::at(&server, "?after=1", None).await;
    let mut from_start = Follower::at(&server, "?after=0", None).await;
    let lyon = server.provider("Lyon").await;
    for position in 1..=4 {
        assert_eq!(from_start.position().await, position);
    }
    assert_eq!(from_then.position().await, 2);
    let event = from_now.next().await.unwrap();
    assert_eq!(event["stream"], format!("provider:{lyon}"));
    let listed = server.get("/v1/events?after=2&limit=1").await.json();
    assert_eq!(event, listed["items"][0]);
}

#[tokio::test]
async fn a_reader_that_is_cut_off_goes_on_without_gap_or_double() {
    const EVENTS: i64 = 300;
    let server = Server::start(Database::create().await.options()).await;
    let writing = async {
        for number in 0..EVENTS {
            register(&server, number).await;
        }
    };
    let reading = async {
        let mut seen = vec![];
        while seen.len() < usize::try_from(EVENTS).unwrap() {
            // The connection is dropped in the middle of whatever it is doing.
            let mut follower = Follower::at(&server, "?after=0", seen.last().copied()).await;
            for _ in 0..=seen.len() % 13 {
                if seen.len() < usize::try_from(EVENTS).unwrap() {
                    seen.push(follower.position().await);
                }
            }
        }
        seen
    };
    let (seen, ()) = tokio::join!(reading, writing);
    assert_eq!(seen, (1..=EVENTS).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_filter_lets_through_what_was_asked_for() {
    let server = Server::start(Database::create().await.options()).await;
    let paris = server.provider("Paris").await;
    let lyon = server.provider("Lyon").await;
    for (query, positions) in [
        ("type=ClusterAdded".to_owned(), vec![2, 4]),
        (format!("tag=provider:{lyon}"), vec![3, 4]),
        (format!("tag=provider:{paris}&type=ProviderCreated"), vec![1]),
    ] {
        let mut follower = Follower::at(&server, &format!("?after=0&{query}"), None).await;
        let listed = server.get(&format!("/v1/events?{query}")).await.json();
        for (index, position) in positions.into_iter().enumerate() {
            assert_eq!(follower.position().await, position, "{query}");
            assert_eq!(listed["items"][index]["position"], position, "{query}");
        }
        assert_eq!(listed["next_cursor"], json!(null));
    }
    let me = server.get("/v1/me").await.text_of("id");
    let times = server.get("/v1/events").await.json();
    let third = times["items"][2]["recorded_at"].as_str().unwrap();
    for (query, count) in [
        (format!("actor={me}"), 4),
        (format!("actor={}", uuid::Uuid::now_v7()), 0),
        (format!("since={third}"), 2),
        (format!("until={third}"), 2),
    ] {
        let listed = server.get(&format!("/v1/events?{query}")).await.json();
        assert_eq!(listed["items"].as_array().unwrap().len(), count, "{query}");
    }
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_refused_before_anything_is_sent() {
    let server = Server::start(Database::create().await.options()).await;
    for (query, field) in [
        ("after=-1", "after"),
        ("after=x", "after"),
        ("tag=provider", "tag"),
        ("tag=provider:7", "tag"),
        ("type=NeverHeardOf", "type"),
        ("actor=me", "actor"),
        ("since=yesterday", "since"),
        ("until=2026-13-01T00:00:00Z", "until"),
        ("limit=7", "limit"),
    ] {
        let reply = server.get(&format!("{PATH}?{query}")).await;
        assert_eq!((reply.status, reply.problem().as_str()), (400, "malformed-parameter"));
        assert_eq!(reply.errors()[0].0, field, "{query}");
    }
    for wrong in ["", "x", "-1", "1.5"] {
        let request = server.request(Method::GET, PATH).header("Last-Event-ID", wrong);
        assert_eq!(Reply::of(request).await.problem(), "malformed-header", "{wrong}");
    }
    // Nobody has seen an event that is not there.
    let request = server.request(Method::GET, PATH).header("Last-Event-ID", "7");
    assert_eq!(Reply::of(request).await.problem(), "not-yet-recorded");
    let head = server.request(Method::HEAD, PATH).send().await.unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(head.text().await.unwrap(), "");
}

#[tokio::test]
async fn a_slow_reader_is_cut_off_and_goes_on_later() {
    let stall_timeout = Duration::from_millis(300);
    let server = limited(Limits { stall_timeout, ..Limits::default() }).await;
    let mut body = provider("Paris");
    body["comments"] = json!("é".repeat(4000));
    let path = format!("/v1/providers/{}", server.post("/v1/providers", &body).await.text_of("id"));
    let mut last = 0;
    // More than the kernel keeps for a connection that nobody reads.
    for number in 0..700 {
        let comments = format!("{number}{}", "é".repeat(3990));
        last = server.patch(&path, &json!({ "comments": comments })).await.position();
    }
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(1024 * 1024).unwrap();
    let address = server.base.trim_start_matches("http://");
    let mut slow = socket.connect(address.parse().unwrap()).await.unwrap();
    let request = format!(
        "GET {PATH}?after=0 HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\r\n",
        server.token
    );
    slow.write_all(request.as_bytes()).await.unwrap();
    eventually("the reader is cut off", async || {
        let numbers = server.get("/metrics").await.text;
        numbers.contains("berth_event_streams_cut_total 1").then_some(())
    })
    .await;
    let mut got = vec![];
    // What was on its way arrives; then the line is dead.
    drop(timeout(SOON, slow.read_to_end(&mut got)).await.expect("the end of the connection"));
    let got = String::from_utf8_lossy(&got).into_owned();
    let whole = got.rsplit_once("\n\n").map_or("", |(whole, _)| whole);
    let ids = whole.lines().filter_map(|line| line.strip_prefix("id: "));
    let seen: Vec<i64> = ids.map(|id| id.trim().parse().unwrap()).collect();
    assert_eq!(seen, (1..=seen.last().copied().unwrap()).collect::<Vec<_>>());
    assert!(*seen.last().unwrap() < last, "it was cut off before the end");
    let mut later = Follower::at(&server, "", seen.last().copied()).await;
    for position in seen.len() + 1..=usize::try_from(last).unwrap() {
        assert_eq!(later.position().await, i64::try_from(position).unwrap());
    }
}

#[tokio::test]
async fn one_reader_too_many_is_told_when_to_come_back() {
    let server = limited(Limits { open_max: 2, ..Limits::default() }).await;
    let first = Follower::at(&server, "", None).await;
    let mut second = Follower::at(&server, "", None).await;
    let third = server.get(PATH).await;
    assert_eq!((third.status, third.problem().as_str()), (503, "too-many-streams"));
    assert!(!third.header("retry-after").is_empty());
    // The others notice nothing, and a place that was given back is free again.
    register(&server, 1).await;
    assert_eq!(second.position().await, 1);
    drop(first);
    eventually("a free place", async || (server.get(PATH).await.status == 200).then_some(())).await;
}

#[tokio::test]
async fn a_server_that_stops_ends_its_streams_first() {
    let server = Server::start(Database::create().await.options()).await;
    let mut follower = Follower::at(&server, "", None).await;
    register(&server, 1).await;
    assert_eq!(follower.position().await, 1);
    let stopped = timeout(Duration::from_secs(4), server.stop());
    let (end, stopped) = tokio::join!(follower.next(), stopped);
    assert_eq!(end, None, "the stream has an end");
    stopped.expect("nobody holds the server up");
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let server = Server::start(Database::create().await.options()).await;
    let issued = server.post("/v1/tokens", &json!({ "principal": { "name": "Robin" } })).await;
    let token = issued.text_of("token");
    let mut follower = Follower::of(&server, &token, "?after=0", None).await;
    let revoked = server.delete(&format!("/v1/tokens/{}", issued.text_of("id"))).await;
    assert_eq!(revoked.status, 202, "{revoked:?}");
    assert_eq!(follower.next().await, None, "nothing that it may not see, and then the end");
}

#[tokio::test]
async fn a_member_follows_what_touches_its_organization_and_nothing_else() {
    let server = Server::start(Database::create().await.options()).await;
    let organization = async |name: &str| {
        server.post("/v1/organizations", &json!({ "name": name })).await.text_of("id")
    };
    let (own, other) = (organization("Acme").await, organization("Globex").await);
    let token = server.token_of("member", Some(&own)).await;
    let mut follower = Follower::of(&server, &token, "?after=0", None).await;
    let provider = server.provider("Paris").await;
    for id in [&other, &own] {
        server.put(&format!("/v1/organizations/{id}/providers/{provider}"), &json!({})).await;
    }
    let mut seen = vec![];
    while seen.last().is_none_or(|event: &Value| event["type"] != "OrgAssociated") {
        seen.push(follower.next().await.unwrap());
    }
    let tag = json!(format!("organization:{own}"));
    for event in &seen {
        assert!(event["tags"].as_array().unwrap().contains(&tag), "{event}");
    }
    assert_eq!(seen[0]["type"], "OrganizationRegistered");
    let listed = server.get_as(&token, "/v1/events").await.json();
    assert_eq!(listed["items"], json!(seen), "the list shows the same");
    let elsewhere = format!("/v1/events?tag=organization:{other}");
    assert_eq!(server.get_as(&token, &elsewhere).await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_member_that_is_cut_off_goes_on_with_its_own_events_without_gap_or_double() {
    const EVENTS: i64 = 60;
    let server = Server::start(Database::create().await.options()).await;
    let organization = async |name: &str| {
        server.post("/v1/organizations", &json!({ "name": name })).await.text_of("id")
    };
    let (own, other) = (organization("Acme").await, organization("Globex").await);
    let token = server.token_of("member", Some(&own)).await;
    let renamed = async |id: &str, number: i64| {
        let body = json!({ "name": format!("{id} {number}") });
        let path = format!("/v1/organizations/{id}");
        assert_eq!(server.patch(&path, &body).await.status, 202);
    };
    let writing = async {
        for number in 0..EVENTS {
            renamed(&other, number).await;
            renamed(&own, number).await;
        }
    };
    let query = "?after=0&type=OrganizationRenamed";
    let reading = async {
        let (mut seen, mut last) = (vec![], None);
        while seen.len() < usize::try_from(EVENTS).unwrap() {
            let mut follower = Follower::of(&server, &token, query, last).await;
            for _ in 0..=seen.len() % 7 {
                if seen.len() < usize::try_from(EVENTS).unwrap() {
                    let event = follower.next().await.expect("an event");
                    assert_eq!(event["stream"], format!("organization:{own}"));
                    last = follower.id;
                    seen.push(event["version"].as_i64().unwrap());
                }
            }
        }
        seen
    };
    let (seen, ()) = tokio::join!(reading, writing);
    assert_eq!(seen, (2..=EVENTS + 1).collect::<Vec<_>>(), "each of its own once, in order");
}

#[tokio::test]
async fn a_stream_says_first_when_a_reader_that_is_cut_off_is_to_come_back() {
    let server = Server::start(Database::create().await.options()).await;
    let mut response = server.request(Method::GET, PATH).send().await.unwrap();
    let first = timeout(SOON, response.chunk()).await.expect("the first words").unwrap().unwrap();
    let first = String::from_utf8(first.to_vec()).unwrap();
    let pause = first.strip_prefix("retry: ").and_then(|rest| rest.trim_end().parse::<u64>().ok());
    assert!(pause.is_some_and(|pause| (100..=60_000).contains(&pause)), "{first}");
    assert_eq!(response.headers()["x-accel-buffering"], "no", "nobody on the way holds it back");
}

#[tokio::test]
async fn who_loses_a_role_is_shown_nothing_more_of_that_organization() {
    let server = Server::start(Database::create().await.options()).await;
    let made = server.post("/v1/organizations", &json!({ "name": "Acme" })).await;
    let own = made.text_of("id");
    let (principal, token) = server.principal("Robin").await;
    let grant = json!({ "principal_id": principal, "role": "member", "organization_id": own });
    let role = server.post("/v1/roles", &grant).await.text_of("id");
    let mut follower = Follower::of(&server, &token, "?after=0", None).await;
    assert_eq!(follower.position().await, made.position());
    assert_eq!(follower.next().await.unwrap()["type"], "RoleGranted");
    let revoked = server.delete(&format!("/v1/roles/{role}")).await;
    assert_eq!(revoked.status, 202, "{revoked:?}");
    let path = format!("/v1/organizations/{own}");
    eventually("the stream has noticed", async || {
        let last = format!("{:032x}", rand::random::<u128>());
        server.patch(&path, &json!({ "name": last })).await;
        // Until then it may still be shown; from then on nothing is.
        let told = timeout(Duration::from_millis(1500), follower.take()).await;
        told.is_err().then_some(())
    })
    .await;
    let listed = server.get_as(&token, "/v1/events").await.json();
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test]
async fn a_log_that_was_set_back_ends_every_stream_and_says_so_to_who_comes_back() {
    let database = Database::create().await;
    let server = Server::start(database.options()).await;
    let mut last = 0;
    for number in 0..9 {
        last = register(&server, number).await;
    }
    let mut follower = Follower::at(&server, "?after=0", None).await;
    while follower.position().await < last {}
    // As a restored backup has it: the newest events are gone, and nobody was asked.
    let newest_gone = "ALTER TABLE log.events DISABLE TRIGGER append_only; \
        DELETE FROM log.events WHERE position > 5; \
        ALTER TABLE log.events ENABLE TRIGGER append_only";
    database.owner_pool().execute(newest_gone).await.unwrap();
    assert_eq!(follower.next().await, None, "nothing new under positions that it knows");
    let again = server.request(Method::GET, PATH).header("Last-Event-ID", last.to_string());
    let again = Reply::of(again).await;
    assert_eq!((again.status, again.problem().as_str()), (409, "not-yet-recorded"));
}
