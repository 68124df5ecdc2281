//! Who may what: every route of the table, asked by every kind of caller, against `who_may.txt`.

use super::server::{Reply, Server};
use api::routes::TABLE;
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeSet;
use tests::harness::Database;
use uuid::Uuid;

const EXPECTED: &str = include_str!("who_may.txt");

/// Every kind of caller, in the order of the columns.
const CALLERS: [&str; 8] = [
    "nobody",
    "a stranger",
    "a member",
    "a member of another organization",
    "an organization administrator",
    "an organization administrator of another organization",
    "an auditor",
    "an administrator",
];

/// A route, and what each caller is answered.
struct Row {
    method: Method,
    path: &'static str,
    expected: Vec<u16>,
}

fn rows() -> Vec<Row> {
    let lines = EXPECTED.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let rows = lines.map(|line| {
        let mut words = line.split_whitespace();
        let method = words.next().unwrap().parse().unwrap();
        let path = words.next().unwrap();
        let expected: Vec<u16> = words.map(|status| status.parse().unwrap()).collect();
        assert_eq!(expected.len(), CALLERS.len(), "{line}");
        Row { method, path, expected }
    });
    rows.collect()
}

/// The path with something in the place of each parameter.
fn filled(path: &str, provider: &str, organization: &str) -> String {
    let id = if path.starts_with("/v1/organizations/{id}") { organization } else { provider };
    let path = path.replace("{id}", id).replace("{code}", "not-found").replace("{key}", "zone");
    let path = path.replace("{registry}", "registry.example");
    let path = path.replace("{type}", "NodeLabeled").replace("{version}", "1");
    let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
    for part in &mut parts {
        if part.starts_with('{') {
            *part = Uuid::nil().to_string();
        }
    }
    parts.join("/")
}

#[test]
fn every_route_has_its_row() {
    let there: BTreeSet<String> =
        TABLE.iter().map(|entry| format!("{} {}", entry.method, entry.path)).collect();
    let rows: Vec<String> =
        rows().iter().map(|row| format!("{} {}", row.method, row.path)).collect();
    let listed: BTreeSet<String> = rows.iter().cloned().collect();
    assert_eq!(listed.len(), rows.len(), "a row stands twice");
    let missing: Vec<_> = there.difference(&listed).collect();
    assert!(missing.is_empty(), "who may use these? say so in who_may.txt: {missing:#?}");
    let left: Vec<_> = listed.difference(&there).collect();
    assert!(left.is_empty(), "these are no routes: {left:#?}");
}

#[tokio::test]
async fn every_route_answers_every_caller_as_the_table_says() {
    let server = Server::start(Database::create().await.options()).await;
    let register = async |name: &str| {
        let made = server.post("/v1/organizations", &json!({ "name": name })).await;
        assert_eq!(server.get(made.header("location")).await.status, 200);
        made.text_of("id")
    };
    let (own, other) = (register("Acme").await, register("Globex").await);
    let (_, stranger) = server.principal("a stranger").await;
    let member = server.token_of("member", Some(&own)).await;
    let head = server.token_of("organization_administrator", Some(&own)).await;
    let auditor = server.token_of("auditor", None).await;
    let administrator = server.token_of("administrator", None).await;
    let wrong = format!("{:032x}", rand::random::<u128>());
    for (index, row) in rows().iter().enumerate() {
        let provider = server.provider(&format!("provider {index}")).await;
        let (newest, shown) = (server.head().await, format!("/v1/providers/{provider}"));
        // Each of these is another read model, and each must know the provider.
        for path in ["/v1/providers", &shown, &format!("{shown}/images")] {
            assert_eq!(server.get(&format!("{path}?at_least={newest}")).await.status, 200);
        }
        for (caller, expected) in CALLERS.into_iter().zip(&row.expected) {
            let organization = if caller.contains("another") { &other } else { &own };
            let path = filled(row.path, &provider, organization);
            let token = match caller {
                "nobody" => None,
                "a stranger" => Some(&stranger),
                "an auditor" => Some(&auditor),
                "an administrator" => Some(&administrator),
                caller if caller.starts_with("a member") => Some(&member),
                _ => Some(&head),
            };
            let request = server.anybody(row.method.clone(), &path);
            let request = match token {
                Some(token) => request.bearer_auth(token),
                None => request,
            };
            let reply = Reply::of(request).await;
            assert_eq!(reply.status, *expected, "{} {path}, {caller}: {reply:?}", row.method);
            let problem = (reply.status >= 400).then(|| reply.problem());
            match reply.status {
                401 => {
                    assert_eq!(reply.header("www-authenticate"), "Bearer realm=\"berth\"");
                    let wrong = server.anybody(row.method.clone(), &path).bearer_auth(&wrong);
                    assert_eq!(Reply::of(wrong).await.text, reply.text, "{path}: unknown token");
                }
                403 => assert_eq!(problem.as_deref(), Some("forbidden"), "{path}"),
                // The route exists, whatever is missing.
                _ => assert_ne!(problem.as_deref(), Some("not-found"), "{path}"),
            }
        }
    }
}

#[tokio::test]
async fn an_organization_of_others_looks_like_none() {
    let server = Server::start(Database::create().await.options()).await;
    let there = server.post("/v1/organizations", &json!({ "name": "Acme" })).await.text_of("id");
    let (_, stranger) = server.principal("a stranger").await;
    let ask = async |id: &str| server.get_as(&stranger, &format!("/v1/organizations/{id}")).await;
    let (hidden, absent) = (ask(&there).await, ask(&Uuid::nil().to_string()).await);
    assert_eq!((hidden.status, hidden.problem().as_str()), (404, "organization-not-found"));
    assert_eq!((absent.status, absent.text), (hidden.status, hidden.text));
    let administrator = server.get(&format!("/v1/organizations/{}", Uuid::nil())).await;
    assert_eq!(administrator.json(), ask(&there).await.json(), "the words are the same for all");
    assert_eq!(ask("nonsense").await.problem(), "malformed-parameter");
}
