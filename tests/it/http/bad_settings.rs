//! Bad input for every field of the settings of providers, clusters and organizations: what is
//! wrong is named, with its rule, and leaves no event.

use super::server::{Reply, Server, cluster};
use reqwest::Method;
use serde_json::{Value, json};
use tests::harness::Database;

type Case = (Value, &'static str, &'static str);

fn of_ranks(id: &str) -> Vec<Case> {
    let one = |member: &str, value: Value| json!({"clusters": [{"id": id, member: value}]});
    let other = uuid::Uuid::now_v7().to_string();
    let mut cases = vec![
        (json!({}), "/clusters", "missing"),
        (json!({"clusters": []}), "/clusters", "empty"),
        (json!({"clusters": null}), "/clusters", "type"),
        (json!({"clusters": {}}), "/clusters", "type"),
        (json!({"clusters": [7]}), "/clusters/0", "type"),
        (json!({"clusters": [{}]}), "/clusters/0/id", "missing"),
        (json!({"clusters": [{"id": 7}]}), "/clusters/0/id", "type"),
        (json!({"clusters": [{"id": "c1"}]}), "/clusters/0/id", "uuid"),
        (json!({"clusters": [{"id": id.replace('-', "")}]}), "/clusters/0/id", "uuid"),
        (json!({"clusters": [{"id": id}, {"id": id}]}), "/clusters/1/id", "unique"),
        (
            json!({"clusters": [{"id": id, "rank": 3}, {"id": other, "rank": 3}]}),
            "/clusters/1/rank",
            "unique",
        ),
        (json!({"clusters": vec![json!({"id": id}); 101]}), "/clusters", "too_many"),
        (one("colour", json!("red")), "/clusters/0/colour", "unknown"),
        (json!({"primary": "c1"}), "/primary", "uuid"),
        (json!({"primary": 1}), "/primary", "type"),
        (json!({"primary": null}), "/primary", "type"),
        (json!({"primary": id, "clusters": [{"id": id}]}), "/primary", "alone"),
        (json!({"ranks": []}), "/ranks", "unknown"),
    ];
    for (field, at) in [("rank", "/clusters/0/rank"), ("weight", "/clusters/0/weight")] {
        for (value, rule) in [
            (json!(0), "range"),
            (json!(1001), "range"),
            (json!(-1), "type"),
            (json!(1.5), "type"),
            (json!("1"), "type"),
            (json!(null), "type"),
            (json!(4_294_967_296_u64), "type"),
        ] {
            cases.push((one(field, value), at, rule));
        }
    }
    cases
}

fn of_policies() -> Vec<Case> {
    let mut cases = vec![
        (json!({"failover": "never"}), "/failover", "unknown_value"),
        (json!({"failover": 1}), "/failover", "type"),
        (json!({"failback": "never"}), "/failback", "unknown_value"),
        (json!({"failback": null}), "/failback", "type"),
        (json!({"colour": "red"}), "/colour", "unknown"),
        (json!([]), "", "type"),
    ];
    for (field, at, least, most) in [
        ("failback_after_seconds", "/failback_after_seconds", 10, 86_400),
        ("failovers_per_hour_max", "/failovers_per_hour_max", 1, 60),
        ("probe_interval_ms", "/probe_interval_ms", 500, 60_000),
        ("probe_timeout_ms", "/probe_timeout_ms", 100, 30_000),
        ("probes_missed_max", "/probes_missed_max", 1, 100),
        ("relocations_concurrent_max", "/relocations_concurrent_max", 1, 100),
    ] {
        for (value, rule) in [
            (json!(least - 1), "range"),
            (json!(most + 1), "range"),
            (json!(u32::MAX), "range"),
            (json!(-1), "type"),
            (json!("5"), "type"),
            (json!(null), "type"),
            (json!(1.5), "type"),
        ] {
            cases.push((json!({ field: value }), at, rule));
        }
    }
    cases
}

fn of_details() -> Vec<Case> {
    let long = "x".repeat(5000);
    vec![
        (json!({"deployment_mode": "both"}), "/deployment_mode", "unknown_value"),
        (json!({"deployment_mode": long}), "/deployment_mode", "unknown_value"),
        (json!({"deployment_mode": 1}), "/deployment_mode", "type"),
        (json!({"deployment_mode": null}), "/deployment_mode", "type"),
    ]
}

fn of_names() -> Vec<Case> {
    let name = |value: Value| json!({ "name": value });
    vec![
        (json!({}), "/name", "missing"),
        (name(json!(7)), "/name", "type"),
        (name(json!(null)), "/name", "type"),
        (name(json!("")), "/name", "empty"),
        (name(json!("x".repeat(101))), "/name", "too_long"),
        (name(json!("a\u{0}b")), "/name", "unprintable"),
        (name(json!("a\u{202e}b")), "/name", "unprintable"),
        (name(json!(" a")), "/name", "padded"),
        (json!({"name": "a", "id": 1}), "/id", "unknown"),
    ]
}

#[tokio::test]
async fn every_wrong_setting_is_named_with_its_rule_and_leaves_no_event() {
    let server = Server::start(Database::create().await.options()).await;
    let id = server.provider("Paris").await;
    let path = format!("/v1/providers/{id}");
    let added = server.post(&format!("{path}/clusters"), &cluster(2)).await.text_of("id");
    let organization = server.post("/v1/organizations", &json!({"name": "ACME"})).await;
    let organization = format!("/v1/organizations/{}", organization.text_of("id"));
    let before = server.head().await;
    for (path, cases) in [
        (format!("{path}/clusters"), of_ranks(&added)),
        (format!("{path}/failover-policy"), of_policies()),
        (path, of_details()),
        (organization, of_names()),
    ] {
        for (body, field, rule) in cases {
            let what = format!("{path} {field} {rule}: {body}");
            let reply = Reply::of(server.request(Method::PATCH, &path).json(&body)).await;
            assert_eq!((reply.status, reply.problem().as_str()), (422, "invalid-fields"), "{what}");
            let named = (field.to_owned(), rule.to_owned());
            assert!(reply.errors().contains(&named), "{what}: {reply:?}");
            assert!(!reply.text.contains(&"x".repeat(70)), "{what}: it repeats what was sent");
        }
    }
    assert_eq!(server.head().await, before);
}

#[tokio::test]
async fn every_wrong_filter_is_named() {
    let server = Server::start(Database::create().await.options()).await;
    for (query, field) in [
        ("multi_cluster=yes", "multi_cluster"),
        ("multi_cluster=", "multi_cluster"),
        ("deployment_mode=both", "deployment_mode"),
        ("search=a%00", "search"),
        ("search=a&search=b", "search"),
        ("kind=podman", "kind"),
        ("visibility=secret", "visibility"),
        ("at_least=-1", "at_least"),
        ("cursor=nonsense", "cursor"),
    ] {
        let reply = server.get(&format!("/v1/providers?{query}")).await;
        assert_eq!((reply.status, reply.problem().as_str()), (400, "malformed-parameter"));
        assert_eq!(reply.errors()[0].0, field, "{query}");
    }
    let long = server.get(&format!("/v1/providers?search={}", "x".repeat(2049))).await;
    assert_eq!(long.problem(), "malformed-parameter");
    assert!(!long.text.contains(&"x".repeat(70)));
}
