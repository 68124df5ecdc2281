//! The real server on a database, and a client that says what it was answered.

use adapters::{
    api_version::Minimums,
    clusters::Clusters,
    connector,
    postgres::{
        EventFeed, EventLog,
        access::{Access, TokenHash},
        connect,
        event_log::Limits,
    },
};
use api::{
    auth::{Identity, Tokens, tokens::Limits as TokenLimits},
    http::{self, Settings},
    metrics::Metrics,
    readiness::Part,
    state::State,
    streams,
};
use commands::{
    Writer,
    node::{impact::Impacts, observe::ObserveNode},
    secret::foreign::ForeignSecrets,
};
use domain::{
    ids::{ClusterId, NodeId, ProviderId},
    node::Place,
    testing::facts,
};
use projections::{Model, progress::Progress, runner, schema::create_missing};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use sqlx::{PgPool, postgres::PgConnectOptions};
use std::{
    sync::{Arc, LazyLock, atomic::AtomicI64},
    time::Duration,
};
use tests::harness::{database::vault_of, wait::ACQUIRE_TIMEOUT};
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;

/// The key of request digests: the same before and after a restart.
static DIGEST_KEY: LazyLock<[u8; 32]> = LazyLock::new(rand::random);
/// The longest body that these servers take.
pub(crate) const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long a request may take.
/// How long a call to a cluster may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(30);

/// What is not as usual about a server.
#[derive(Default)]
struct Special {
    identity: Option<Identity>,
    tokens: TokenLimits,
    streams: streams::Limits,
}

/// A running server, and a client with the administrator's token.
pub(crate) struct Server {
    pub(crate) base: String,
    pub(crate) token: String,
    pub(crate) access: Access,
    pub(crate) writer: Writer,
    client: Client,
    stop: Box<dyn FnOnce() -> JoinHandle<()> + Send>,
}

/// What a client was answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok());
        // A stream has no end.
        let text = match kind {
            Some("text/event-stream") => String::new(),
            Some(_) | None => response.text().await.expect("a body"),
        };
        Self { status, headers, text }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// A member of the body, as text.
    pub(crate) fn text_of(&self, member: &str) -> String {
        let json = self.json();
        json[member].as_str().unwrap_or_else(|| panic!("no {member}: {self:?}")).to_owned()
    }

    /// The last part of the problem's address.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.json()["status"], self.status, "{self:?}");
        self.text_of("type").trim_start_matches("/problems/").to_owned()
    }

    /// The fields and rules that a problem names.
    pub(crate) fn errors(&self) -> Vec<(String, String)> {
        let json = self.json();
        let errors = json["errors"].as_array().cloned().unwrap_or_default();
        let part = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
        errors.iter().map(|error| (part(error, "field"), part(error, "rule"))).collect()
    }

    /// The position that the answer names.
    pub(crate) fn position(&self) -> i64 {
        self.header("berth-position").parse().expect("a position")
    }
}

impl Server {
    pub(crate) async fn start(options: PgConnectOptions) -> Self {
        let token = format!("{:032x}", rand::random::<u128>());
        let access = Access::new(connect(options.clone(), 2, ACQUIRE_TIMEOUT));
        access.bootstrap(TokenHash::of(&token)).await.expect("a token");
        Self::start_with(options, token, access).await
    }

    /// A server that gives a request so much time.
    pub(crate) async fn impatient(options: PgConnectOptions, patience: Duration) -> Self {
        let token = format!("{:032x}", rand::random::<u128>());
        let access = Access::new(connect(options.clone(), 2, ACQUIRE_TIMEOUT));
        access.bootstrap(TokenHash::of(&token)).await.expect("a token");
        Self::build(options, token, access, patience, Special::default()).await
    }

    /// A server whose readers may take so much.
    pub(crate) async fn with_streams(options: PgConnectOptions, streams: streams::Limits) -> Self {
        Self::special(options, Special { streams, ..Special::default() }).await
    }

    /// A server that trusts an identity provider as well.
    pub(crate) async fn trusting(options: PgConnectOptions, identity: Identity) -> Self {
        let identity = Some(identity);
        Self::special(options, Special { identity, ..Special::default() }).await
    }

    /// A server with little patience for those who ask, or fail, often.
    pub(crate) async fn limited(options: PgConnectOptions, tokens: TokenLimits) -> Self {
        Self::special(options, Special { tokens, ..Special::default() }).await
    }

    async fn special(options: PgConnectOptions, special: Special) -> Self {
        let token = format!("{:032x}", rand::random::<u128>());
        let access = Access::new(connect(options.clone(), 2, ACQUIRE_TIMEOUT));
        access.bootstrap(TokenHash::of(&token)).await.expect("a token");
        Self::build(options, token, access, PATIENCE, special).await
    }

    /// As `start`, with a token that is known already.
    pub(crate) async fn start_with(
        options: PgConnectOptions,
        token: String,
        access: Access,
    ) -> Self {
        Self::build(options, token, access, PATIENCE, Special::default()).await
    }

    async fn build(
        options: PgConnectOptions,
        token: String,
        access: Access,
        request_timeout: Duration,
        Special { identity, tokens, streams }: Special,
    ) -> Self {
        let pool = connect(options.clone(), 8, ACQUIRE_TIMEOUT);
        let log = EventLog::start(pool.clone(), options.clone(), Limits::default());
        let vault = vault_of(options.clone()).await;
        let writer = Writer::new(Arc::new(log)).keeping(vault.clone());
        let clusters = connector::Settings {
            call_timeout: CALL_TIMEOUT,
            rules: Arc::default(),
            minimums: Minimums::default(),
        };
        let clusters = Arc::new(Clusters::new(clusters, vault.clone()));
        let queries = connect(options.clone(), 8, ACQUIRE_TIMEOUT);
        let progress = Arc::new(Progress::default());
        create_missing(&pool).await.expect("the tables of the read models");
        let models =
            read_models(pool, EventFeed::start(queries.clone(), options.clone()), &progress);
        let state = State {
            writer: writer.clone(),
            impacts: Impacts::new(writer.clone(), clusters.clone()),
            foreign_secrets: ForeignSecrets::new(writer.clone(), clusters),
            vault,
            feed: EventFeed::start(queries.clone(), options),
            progress: Arc::clone(&progress),
            tokens: Tokens::new(Access::new(queries.clone()), tokens).trusting(identity),
            parts: vec![Part::postgres(queries.clone())],
            queries,
            metrics: Arc::new(Metrics::default().with_read_models(Arc::clone(&progress))),
            digest_key: *DIGEST_KEY,
            outbound: domain::outbound::Rules::default(),
            commands: tokio::runtime::Handle::current(),
            position: AtomicI64::new(0),
        };
        let settings = Settings {
            address: "127.0.0.1:0".parse().unwrap(),
            body_bytes_max: BODY_BYTES_MAX,
            connections_max: 256,
            request_timeout,
            shutdown_timeout: Duration::from_secs(5),
            streams,
            threads: 2,
        };
        let server = http::server(&settings, Arc::new(state)).expect("a port");
        let (base, handle) = (format!("http://{}", server.address), server.handle());
        let running = tokio::spawn(server.run());
        let stop = Box::new(move || {
            tokio::spawn(async move {
                handle.stop(true).await;
                running.await.unwrap().unwrap();
                drop(models);
            })
        });
        Self { base, token, access, writer, client: Client::new(), stop }
    }

    /// Stops it in good order.
    pub(crate) async fn stop(self) -> (String, Access) {
        drop(self.client);
        (self.stop)().await.unwrap();
        (self.token, self.access)
    }

    /// A request without a token.
    pub(crate) fn anybody(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// A request of the administrator.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.anybody(method, path).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        Reply::of(self.request(Method::GET, path)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        Reply::of(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        Reply::of(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Reply {
        Reply::of(self.request(Method::PUT, path).json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Reply {
        Reply::of(self.request(Method::PATCH, path).json(body)).await
    }

    /// A new principal without any role: its id and a token.
    pub(crate) async fn principal(&self, name: &str) -> (String, String) {
        let issued = self.post("/v1/tokens", &json!({ "principal": { "name": name } })).await;
        assert_eq!(issued.status, 201, "{issued:?}");
        (issued.text_of("principal_id"), issued.text_of("token"))
    }

    /// The token of a new principal with one role, in an organization or in the instance.
    pub(crate) async fn token_of(&self, role: &str, organization: Option<&str>) -> String {
        let (principal, token) = self.principal(role).await;
        let grant = json!({
            "principal_id": principal, "role": role, "organization_id": organization,
        });
        let granted = self.post("/v1/roles", &grant).await;
        assert_eq!(granted.status, 201, "{granted:?}");
        token
    }

    /// A request of somebody else.
    pub(crate) async fn get_as(&self, token: &str, path: &str) -> Reply {
        Reply::of(self.anybody(Method::GET, path).bearer_auth(token)).await
    }

    /// How many events there are.
    pub(crate) async fn head(&self) -> i64 {
        let page = self.get("/v1/events?limit=200").await;
        assert_eq!(page.status, 200, "{page:?}");
        page.position()
    }

    /// A registered provider with one cluster, enabled or not.
    pub(crate) async fn provider(&self, name: &str) -> String {
        let reply = self.post("/v1/providers", &provider(name)).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.text_of("id")
    }

    /// A node on the first cluster of an enabled provider, as the worker would report it.
    pub(crate) async fn node(&self, provider: &str) -> NodeId {
        let path = format!("/v1/providers/{provider}/enable");
        assert_eq!(self.post(&path, &json!({})).await.status, 202);
        let events = self.get("/v1/events?limit=200").await.json();
        let added = events["items"].as_array().unwrap().iter().find(|event| {
            event["type"] == "ClusterAdded" && event["stream"] == format!("provider:{provider}")
        });
        let cluster = added.unwrap()["data"]["cluster"]["id"].as_str().unwrap().to_owned();
        let place = Place {
            cluster: ClusterId(Uuid::parse_str(&cluster).unwrap()),
            provider: ProviderId(Uuid::parse_str(provider).unwrap()),
        };
        let observe = ObserveNode { place, facts: facts("active") };
        self.writer.handle(&observe, &crate::story::request()).await.unwrap();
        observe.node()
    }
}

/// Keeps every read model, until the result is dropped.
fn read_models(pool: PgPool, feed: EventFeed, progress: &Arc<Progress>) -> JoinSet<()> {
    let mut runners = JoinSet::new();
    for model in Model::ALL {
        let (pool, feed, progress) = (pool.clone(), feed.clone(), Arc::clone(progress));
        runners.spawn(async move {
            let alarm = runner::run(&pool, &feed, model, &progress).await;
            panic!("{model} stopped: {alarm}");
        });
    }
    runners
}

/// A request for a provider with one cluster.
pub(crate) fn provider(name: &str) -> Value {
    json!({
        "name": name, "kind": "swarm", "visibility": "public", "deployment_mode": "active_passive",
        "clusters": [cluster(1)],
    })
}

/// A request for a cluster.
pub(crate) fn cluster(number: u16) -> Value {
    json!({ "name": format!("c{number}"), "url": format!("http://10.9.0.{number}:2375") })
}
