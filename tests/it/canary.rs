//! Values that must never be seen again, planted in every field that takes a secret, and searched
//! for wherever something of a running Berth can be read: the database, the log output, NATS, every
//! answer, and what the system tells of its processes.
//!
//! A new secret field is one line in `fields`; one that the contract knows and `fields` does not is
//! found.

mod adopted;
mod documented;
mod tested;

use base64::{Engine, engine::general_purpose::STANDARD};
use futures::StreamExt;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use sqlx::Row;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
};
use tests::harness::{Berth, Database, certificate::Pem, eventually};
use uuid::Uuid;

/// The shortest piece of a key that is searched for.
const PIECE_BYTES: usize = 24;

/// A command that brings a secret along. `{provider}` and the like are ids of what came before.
struct Field {
    /// What the answer's id is called from then on.
    called: &'static str,
    method: Method,
    path: &'static str,
    body: Value,
}

fn field(called: &'static str, method: Method, path: &'static str, body: Value) -> Field {
    Field { called, method, path, body }
}

/// Every value that was planted.
#[derive(Default)]
struct Canaries(BTreeMap<String, Vec<Vec<u8>>>);

impl Canaries {
    /// A text that stands nowhere else, of characters that have to be escaped somewhere.
    fn text(&mut self, called: &str) -> String {
        let text = format!("c&{:032x}+/%<", rand::random::<u128>());
        self.0.insert(called.to_owned(), vec![text.clone().into_bytes()]);
        text
    }

    /// A key with its certificate; what counts is the key.
    fn pem(&mut self, called: &str) -> Pem {
        let pem = Pem::new("canary", 90);
        let base64: String = pem.key.lines().filter(|line| !line.starts_with("--")).collect();
        let der = STANDARD.decode(&base64).unwrap();
        // A P-256 key in PKCS#8: behind 36 bytes of header the 32 secret ones.
        let secret = der[36..36 + 32].to_vec();
        self.0.insert(called.to_owned(), vec![base64.into_bytes(), secret]);
        pem
    }

    /// The forms in which a value may turn up.
    fn needles(&self) -> Vec<(String, Vec<u8>)> {
        let mut needles = vec![];
        for (called, values) in &self.0 {
            for value in values {
                for form in forms(value) {
                    needles.push((called.clone(), form));
                }
            }
        }
        needles
    }

    fn found_in(&self, place: &str, haystack: &[u8]) -> Vec<String> {
        // Line breaks hide nothing, and neither does their escaped form.
        let plain: Vec<u8> = String::from_utf8_lossy(haystack)
            .replace("\\n", "")
            .replace(['\n', '\r'], "")
            .into_bytes();
        self.needles()
            .into_iter()
            .filter(|(_, needle)| memchr(haystack, needle) || memchr(&plain, needle))
            .map(|(called, _)| format!("{called} in {place}"))
            .collect()
    }
}

fn memchr(haystack: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return false };
    let mut rest = haystack;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        if rest[at..].starts_with(needle) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

/// As it is, in base64 from each of the three places where a group may begin, in hexadecimal, and
/// percent-encoded.
fn forms(value: &[u8]) -> Vec<Vec<u8>> {
    let hex = |upper: bool| -> String {
        value.iter().map(|b| if upper { format!("{b:02X}") } else { format!("{b:02x}") }).collect()
    };
    let every: String = value.iter().map(|byte| format!("%{byte:02X}")).collect();
    let needed: String = url_encoded(value);
    let json = serde_json::to_string(&String::from_utf8_lossy(value)).unwrap();
    let mut forms = vec![
        value.to_vec(),
        hex(false).into_bytes(),
        hex(true).into_bytes(),
        every.to_lowercase().into_bytes(),
        every.into_bytes(),
        needed.into_bytes(),
        json.trim_matches('"').as_bytes().to_vec(),
    ];
    for skipped in 0..3 {
        let whole = &value[skipped..value.len() - (value.len() - skipped) % 3];
        let encoded = STANDARD.encode(whole);
        forms.push(encoded.clone().into_bytes());
        forms.push(encoded.replace('+', "-").replace('/', "_").into_bytes());
    }
    forms.retain(|form| form.len() >= PIECE_BYTES);
    forms
}

fn url_encoded(value: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte: &u8| match plain(*byte) {
        true => char::from(*byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    value.iter().map(one).collect()
}

/// Every field that takes a secret, in an order in which each finds what it needs.
fn fields(canaries: &mut Canaries) -> Vec<Field> {
    let named = |name: &str, pem: &Pem| {
        let mut body = pem.body();
        body["name"] = json!(name);
        body
    };
    let provider = |name: &str, kind: &str, cluster: Value| {
        json!({
            "name": name, "kind": kind, "visibility": "public",
            "deployment_mode": "active_passive", "clusters": [cluster],
        })
    };
    let (k8s, swarm) = ("https://k8s.internal:6443", "https://swarm.internal:2376");
    let inline = json!({"name": "a", "url": swarm, "certificate": canaries.pem("inline").body()});
    let token = json!({"name": "a", "url": k8s, "token": canaries.text("token")});
    let kubeconfig = canaries.pem("kubeconfig key");
    let kubeconfig = kubeconfig.kubeconfig(k8s, &canaries.text("kubeconfig token"));
    let kubeconfig = json!({"name": "a", "kubeconfig": kubeconfig});
    let added = json!({"name": "b", "url": "https://b", "token": canaries.text("added token")});
    let keyed = canaries.pem("added certificate").body();
    let keyed = json!({"name": "c", "url": "https://c", "certificate": keyed});
    let config = canaries.pem("added kubeconfig key");
    let config = config.kubeconfig("https://d", &canaries.text("added kubeconfig token"));
    let config = json!({"name": "d", "kubeconfig": config});
    let (post, put, patch) = (|| Method::POST, || Method::PUT, || Method::PATCH);
    let certificates = "/v1/certificates";
    let registry = "/v1/providers/{k8s}/registries/registry.example";
    let login = |canaries: &mut Canaries, called: &str| {
        let password = canaries.text(called);
        json!({"username": "robot", "password": password})
    };
    let mut all = vec![
        field("certificate", post(), certificates, named("one", &canaries.pem("key"))),
        field("", put(), "/v1/certificates/{certificate}", canaries.pem("replacement").body()),
        field("swarm", post(), "/v1/providers", provider("Swarm", "swarm", inline)),
        field("k8s", post(), "/v1/providers", provider("Token", "kubernetes", token)),
        field("", post(), "/v1/providers", provider("Config", "kubernetes", kubeconfig)),
        field("cluster", post(), "/v1/providers/{k8s}/clusters", added),
        field("", post(), "/v1/providers/{k8s}/clusters", keyed),
        field("", post(), "/v1/providers/{k8s}/clusters", config),
        field(
            "",
            patch(),
            "/v1/providers/{k8s}/clusters/{cluster}",
            json!({"token": canaries.text("changed token")}),
        ),
        field(
            "",
            patch(),
            "/v1/providers/{k8s}/clusters/{cluster}",
            json!({"certificate": canaries.pem("changed certificate").body()}),
        ),
        field(
            "secret",
            post(),
            "/v1/providers/{k8s}/secrets",
            json!({"name": "password", "value": canaries.text("secret")}),
        ),
        field(
            "",
            post(),
            "/v1/providers/{k8s}/secrets/{secret}/rotate",
            json!({"value": canaries.text("rotated secret")}),
        ),
        field("", put(), registry, login(canaries, "registry password")),
        field("", put(), registry, login(canaries, "replaced registry password")),
    ];
    all.extend(tested::fields(canaries).into_iter().chain(adopted::fields(canaries)));
    all
}

/// A body that carries the same secrets and is refused for another reason.
fn spoilt(body: &Value) -> Vec<Value> {
    let mut unknown = body.clone();
    unknown["no_such_field"] = json!(1);
    let mut misplaced = body.clone();
    // A secret in a field that is no secret, which a refusal might repeat.
    misplaced["name"] = json!(format!("{body}{}", "x".repeat(100)));
    vec![unknown, misplaced]
}

/// A running Berth, and everything that it said.
struct Stage {
    berth: Berth,
    client: Client,
    token: String,
    ids: BTreeMap<&'static str, String>,
    heard: String,
}

impl Stage {
    async fn say(&mut self, method: Method, path: &str, body: Option<&Value>, key: &str) -> Value {
        let mut filled = path.to_owned();
        for (called, id) in &self.ids {
            filled = filled.replace(&format!("{{{called}}}"), id);
        }
        let request = self.client.request(method, format!("{}{filled}", self.berth.url));
        let request = request.bearer_auth(&self.token).header("Idempotency-Key", key);
        let request = if let Some(body) = body { request.json(body) } else { request };
        let answer = request.send().await.unwrap();
        self.heard.push_str(&format!("{filled} {} {:?}\n", answer.status(), answer.headers()));
        let is_success = answer.status().is_success();
        let text = answer.text().await.unwrap();
        self.heard.push_str(&text);
        match serde_json::from_str(&text) {
            Ok(answer) if is_success => answer,
            Ok(_) | Err(_) => Value::Null,
        }
    }

    /// Plants each canary, in requests that are accepted, repeated, reused and refused.
    async fn plant(&mut self, fields: &[Field]) {
        for (number, field) in fields.iter().enumerate() {
            for (spoilt, body) in spoilt(&field.body).iter().enumerate() {
                let key = format!("spoilt {number} {spoilt}").replace(' ', "-");
                let answer = self.say(field.method.clone(), field.path, Some(body), &key).await;
                assert_eq!(answer, Value::Null, "a spoilt request is refused");
            }
            let key = format!("field-{number}");
            let (path, body) = (field.path, Some(&field.body));
            let answer = self.say(field.method.clone(), path, body, &key).await;
            let heard = self.heard.lines().last().unwrap_or_default();
            assert!(answer["id"].is_string(), "{path}: {heard}");
            assert_eq!(self.say(field.method.clone(), path, body, &key).await, answer);
            let mut other = field.body.clone();
            other["name"] = json!("reused key");
            self.say(field.method.clone(), path, Some(&other), &key).await;
            if !field.called.is_empty() {
                self.ids.insert(field.called, answer["id"].as_str().unwrap().to_owned());
            }
        }
    }

    /// Asks every route that reads.
    async fn read_everything(&mut self) {
        let ids: BTreeSet<String> = self.ids.values().cloned().collect();
        for entry in api::routes::TABLE.iter().filter(|entry| entry.method == Method::GET.as_str())
        {
            if entry.path.ends_with("/stream") {
                continue;
            }
            for id in &ids {
                let path = entry.path.replace("{id}", id).replace("{cluster_id}", id);
                let path = path.replace("{registry}", "registry.example");
                self.say(Method::GET, &path, None, "read").await;
            }
        }
        let position = self.say(Method::GET, "/v1/events?limit=1", None, "read").await;
        assert!(position["items"].is_array());
    }
}

/// Every row of every table, as `pg_dump` would write it.
async fn dump(database: &Database) -> String {
    let pool = database.owner_pool();
    let tables = sqlx::query(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables \
         WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
    );
    let mut text = String::new();
    for table in tables.fetch_all(&pool).await.unwrap() {
        let table: String = table.get("name");
        let rows = sqlx::AssertSqlSafe(format!("SELECT t::text AS row FROM {table} t"));
        for row in sqlx::query(rows).fetch_all(&pool).await.unwrap() {
            text.push_str(row.get("row"));
            text.push('\n');
        }
    }
    text
}

/// Another service that subscribed: every message so far, one a line.
async fn listen(berth: &Berth) -> Arc<Mutex<Vec<String>>> {
    let client = berth.subscriber().await;
    let mut messages = client.subscribe("berth.v1.>").await.unwrap();
    client.flush().await.unwrap();
    let heard = Arc::new(Mutex::new(vec![]));
    let hears = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Some(message) = messages.next().await {
            let text = String::from_utf8_lossy(&message.payload);
            let line = format!("{} {:?} {text}", message.subject, message.headers);
            hears.lock().unwrap().push(line);
        }
        drop(client);
    });
    heard
}

/// What the system tells of a process and all that descend from it.
fn processes(of: u32) -> Vec<(String, Vec<u8>)> {
    let mut found = vec![];
    for pid in crate::serve::descendants(of).into_iter().chain(i32::try_from(of)) {
        for file in ["cmdline", "environ"] {
            let path = PathBuf::from(format!("/proc/{pid}/{file}"));
            found.push((path.display().to_string(), fs::read(&path).unwrap_or_default()));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_seen_again_once_it_was_planted() {
    let folder = std::env::temp_dir().join(format!("berth-canary-{}", Uuid::new_v4().simple()));
    let database = Database::create().await;
    let url = database.url();
    let settings = [("BERTH_POSTGRES__URL", url.as_str()), ("BERTH_TELEMETRY__FILTER", "trace")];
    let berth = Berth::start(&folder, &settings).await;
    let messages = listen(&berth).await;
    let (client, ids, heard) = (Client::new(), BTreeMap::new(), String::new());
    let mut stage = Stage { token: berth.token().to_owned(), berth, client, ids, heard };
    let mut canaries = Canaries::default();
    // It was shown on standard output, to whoever started it, and nowhere else.
    canaries.0.insert("administrator token".to_owned(), vec![stage.token.clone().into()]);
    let fields = fields(&mut canaries);
    stage.plant(&fields).await;
    stage.read_everything().await;

    let head: i64 = sqlx::query_scalar("SELECT max(position) FROM log.events")
        .fetch_one(&database.pool())
        .await
        .unwrap();
    let published = eventually("every event is published", async || {
        let messages = messages.lock().unwrap();
        (messages.len() >= usize::try_from(head).unwrap()).then(|| messages.join("\n"))
    })
    .await;
    let mut places = vec![
        ("the database".to_owned(), dump(&database).await.into_bytes()),
        ("NATS".to_owned(), published.into_bytes()),
        ("an answer".to_owned(), stage.heard.clone().into_bytes()),
    ];
    places.extend(processes(stage.berth.pid().unwrap()));
    let log = eventually("the log output", async || {
        fs::read(folder.join("berth.log")).ok().filter(|log| !log.is_empty())
    })
    .await;
    places.push(("the log output".to_owned(), log));
    let found: Vec<String> =
        places.iter().flat_map(|(place, text)| canaries.found_in(place, text)).collect();
    assert!(found.is_empty(), "{found:#?}");

    // The search itself finds what is there.
    assert!(places[0].1.len() > 10_000 && places[1].1.len() > 1_000);
    let (called, needle) = canaries.needles().swap_remove(0);
    let planted = [b"before ".as_slice(), &needle, b" after"].concat();
    assert_eq!(canaries.found_in("here", &planted).first(), Some(&format!("{called} in here")));
    assert!(stage.berth.stop().await.success());
    fs::remove_dir_all(&folder).unwrap();
}
