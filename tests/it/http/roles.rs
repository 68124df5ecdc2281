//! Roles: granted, shown, revoked, and what they let a principal see.

use super::server::{Reply, Server};
use domain::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use tests::harness::Database;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

async fn organization(server: &Server, name: &str) -> String {
    let made = server.post("/v1/organizations", &json!({ "name": name })).await;
    assert_eq!(server.get(made.header("location")).await.status, 200);
    made.text_of("id")
}

#[tokio::test]
async fn a_role_is_granted_shown_and_revoked() {
    let server = Server::start(Database::create().await.options()).await;
    let acme = organization(&server, "Acme").await;
    let (robin, token) = server.principal("Robin").await;
    let grant = json!({ "principal_id": robin, "role": "member", "organization_id": acme });
    let granted = server.post("/v1/roles", &grant).await;
    assert_eq!(granted.status, 201, "{granted:?}");
    let again = server.post("/v1/roles", &grant).await;
    assert_eq!(
        (again.text_of("id"), &again.json()["version"]),
        (granted.text_of("id"), &granted.json()["version"]),
        "granting it again changes nothing"
    );
    let me = server.get_as(&token, "/v1/me").await.json();
    let held = json!([{ "role": "member", "organization_id": acme }]);
    assert_eq!((&me["role"], &me["roles"]), (&json!("member"), &held));

    let shown = server.get(granted.header("location")).await;
    assert_eq!(shown.text_of("principal_name"), "Robin");
    assert_eq!(
        (&shown.json()["role"], &shown.json()["revoked_at"]),
        (&json!("member"), &Value::Null)
    );
    for filter in [
        format!("organization_id={acme}"),
        format!("principal_id={robin}"),
        "role=member".to_owned(),
    ] {
        let list = server.get(&format!("/v1/roles?{filter}")).await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1, "{filter}");
        assert_eq!(list["items"][0]["id"], granted.json()["id"]);
    }
    for filter in [format!("organization_id={}", Uuid::nil()), "role=auditor".to_owned()] {
        let list = server.get(&format!("/v1/roles?{filter}")).await.json();
        assert_eq!(list["items"], json!([]), "{filter}");
    }

    let path = format!("/v1/roles/{}", granted.text_of("id"));
    let stale = server.request(Method::DELETE, &path).header("If-Match", "\"1\"");
    assert_eq!(Reply::of(stale).await.status, 412);
    let revoked = server.delete(&path).await;
    assert_eq!(revoked.status, 202, "{revoked:?}");
    assert_eq!(server.get_as(&token, "/v1/me").await.json()["roles"], json!([]));
    let list = server.get(&format!("/v1/roles?at_least={}", revoked.position())).await.json();
    assert_eq!(list["items"], json!([]));
    assert!(server.get(&path).await.json()["revoked_at"].is_string());
    // It comes back under the same id.
    assert_eq!(server.post("/v1/roles", &grant).await.text_of("id"), granted.text_of("id"));
}

#[tokio::test]
async fn what_cannot_be_granted_is_refused() {
    let server = Server::start(Database::create().await.options()).await;
    let (robin, _) = server.principal("Robin").await;
    let (none, head) = (Uuid::nil(), server.head().await);
    let unknown = json!({ "principal_id": none, "role": "auditor" });
    assert_eq!(server.post("/v1/roles", &unknown).await.problem(), "principal-not-found");
    let unknown = json!({ "principal_id": robin, "role": "member", "organization_id": none });
    assert_eq!(server.post("/v1/roles", &unknown).await.problem(), "organization-not-found");
    let unknown = json!({ "principal_id": none });
    assert_eq!(server.post("/v1/tokens", &unknown).await.problem(), "principal-not-found");
    for path in ["tokens", "roles"] {
        let gone = server.delete(&format!("/v1/{path}/{none}")).await;
        assert_eq!(gone.status, 404, "{gone:?}");
    }
    // The id of another kind of thing names nothing.
    let gone = server.delete(&format!("/v1/tokens/{robin}")).await;
    assert_eq!(gone.problem(), "token-not-found");
    assert_eq!(server.head().await, head);
}

/// What one member may see of two organizations, one of them its own.
#[tokio::test]
async fn lists_show_what_the_callers_organizations_may_see() {
    let server = Server::start(Database::create().await.options()).await;
    let (acme, globex) =
        (organization(&server, "Acme").await, organization(&server, "Globex").await);
    let private = async |name: &str, owner: &str| {
        let id = server.provider(name).await;
        let change = json!({ "visibility": "private" });
        assert_eq!(server.patch(&format!("/v1/providers/{id}"), &change).await.status, 202);
        let path = format!("/v1/organizations/{owner}/providers/{id}");
        assert_eq!(Reply::of(server.request(Method::PUT, &path)).await.status, 202);
    };
    server.provider("Public").await;
    private("Of Acme", &acme).await;
    private("Of Globex", &globex).await;
    let head = server.head().await;
    let names = async |token: &str, path: &str| -> Vec<String> {
        let list = server.get_as(token, &format!("{path}?at_least={head}")).await;
        assert_eq!(list.status, 200, "{list:?}");
        let items = list.json()["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    let member = server.token_of("member", Some(&acme)).await;
    assert_eq!(names(&member, "/v1/organizations").await, ["Acme"]);
    assert_eq!(names(&member, "/v1/providers").await, ["Of Acme", "Public"]);
    let own = format!("/v1/organizations/{acme}/providers");
    assert_eq!(names(&member, &own).await, ["Of Acme", "Public"]);
    let auditor = server.token_of("auditor", None).await;
    assert_eq!(names(&auditor, "/v1/organizations").await, ["Acme", "Globex"]);
    assert_eq!(names(&auditor, "/v1/providers").await, ["Of Acme", "Of Globex", "Public"]);
    // An auditor sees what an organization sees, not more of it than the organization itself.
    assert_eq!(names(&auditor, &own).await, ["Of Acme", "Public"]);
    let (_, stranger) = server.principal("a stranger").await;
    assert_eq!(names(&stranger, "/v1/organizations").await, [""; 0]);
    assert_eq!(names(&stranger, "/v1/providers").await, [""; 0], "public to organizations");
}

#[tokio::test]
async fn roles_and_tokens_are_shown_as_they_were() {
    let server = Server::start(Database::create().await.options()).await;
    let (robin, _) = server.principal("Robin").await;
    let end = Timestamp::new(OffsetDateTime::now_utc() + Duration::days(1));
    let issued = json!({ "principal_id": robin, "expires_at": end.to_string() });
    let issued = server.post("/v1/tokens", &issued).await;
    let granted = json!({ "principal_id": robin, "role": "auditor" });
    let granted = server.post("/v1/roles", &granted).await;
    let other = server.post("/v1/tokens", &json!({ "principal": { "name": "Kim" } })).await;
    for (made, path, missing) in
        [(&issued, "tokens", "token-not-found"), (&granted, "roles", "role-not-found")]
    {
        let path = format!("/v1/{path}/{}", made.text_of("id"));
        let now = server.get(&format!("{path}?at_least={}", server.head().await)).await;
        let gone = server.delete(&path).await;
        assert_eq!(gone.status, 202, "{gone:?}");
        let gone = server.get(&format!("{path}?at_least={}", gone.position())).await;
        assert!(gone.json()["revoked_at"].is_string(), "{gone:?}");

        let was = server.get(&format!("{path}?as_of={}", made.position())).await;
        assert_eq!((was.status, was.json()), (200, now.json()), "{path}");
        assert_eq!(was.header("etag"), format!("\"{}\"", made.json()["version"]));
        let time = gone.text_of("revoked_at");
        assert_eq!(server.get(&format!("{path}?as_of={time}")).await.json(), gone.json());
        let early = server.get(&format!("{path}?as_of={}", made.position() - 1)).await;
        assert_eq!((early.status, early.problem().as_str()), (404, missing));
        let both = server.get(&format!("{path}?as_of=1&at_least=1")).await;
        assert_eq!(both.problem(), "malformed-parameter");
    }
    // The id of a thing of another kind names nothing, also in the past.
    let crossed = format!("/v1/roles/{}?as_of={}", other.text_of("id"), other.position());
    assert_eq!(server.get(&crossed).await.problem(), "role-not-found");
}
