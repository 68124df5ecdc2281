//! The service that runs, under schemathesis: requests made from the `OpenAPI` document, valid and
//! not, one after the other and in sequences, each answer held against the document.
//!
//! What no document can say is in `contracts/schemathesis`: how values are made that a pattern does
//! not tell, and `excluded.txt`, the table of findings that are none, with a witness for each row.

use commands::{Request, node::observe::ObserveNode};
use domain::{
    ids::{ClusterId, CommandId, CorrelationId, PrincipalId, ProviderId},
    metadata::Metadata,
    node::Place,
    testing::facts,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tempfile::TempDir;
use tests::harness::{Berth, Database, certificate::Pem};
use tokio::{process::Command, time::timeout};
use uuid::Uuid;

/// Sets another seed than the one that everybody runs with.
const SEED: &str = "BERTH_TEST_SEED";
const SEED_DEFAULT: &str = "1";
/// Requests that are made up for one operation, beside those at the borders of its schema.
const EXAMPLES: &str = "5";
/// A position that the log has when it begins: it is one to ask for what was.
const POSITION: i64 = 15;
/// Far more than it takes: a slow machine is no finding.
const DEADLINE: Duration = Duration::from_secs(20 * 60);
/// One caller asks as often as it can.
const SETTINGS: [(&str, &str); 2] = [
    ("BERTH_HTTP__PRINCIPAL_REQUESTS_PER_SECOND_MAX", "1000000"),
    ("BERTH_HTTP__FAILED_AUTHENTICATIONS_PER_SECOND_MAX", "100000"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_live_service_is_what_its_document_says() {
    let Some(live) = Live::start().await else { return };
    let seed = env::var(SEED).unwrap_or_else(|_| SEED_DEFAULT.to_owned());
    // Not by `eprintln!`, which the test harness keeps to itself when a test passes.
    let _ = writeln!(io::stderr(), "schemathesis runs with seed {seed}; {SEED} sets another");
    let document = format!("{}/openapi.json", live.berth.url);
    let fine = live.run(&document, &["--seed", &seed, "--max-examples", EXAMPLES]).await;
    assert!(fine, "seed {seed}:\n{}\nIn short:\n{}", live.said(), live.found());
    assert!(live.berth.stop().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_not_what_the_document_says_is_found() {
    let Some(live) = Live::start().await else { return };
    let mut document = live.berth.get("/openapi.json").await;
    document["components"]["schemas"]["Me"]["properties"]["id"]["type"] = json!("integer");
    let file = live.folder.path().join("changed.json");
    fs::write(&file, document.to_string()).unwrap();
    let asked = ["--url", &live.berth.url, "--include-operation-id", "get_me", "--seed", "1"];
    let fine = live.run(file.to_str().unwrap(), &asked).await;
    assert!(!fine && live.found().contains("get_me | JsonSchemaError | 200"), "{}", live.said());
    assert!(live.berth.stop().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_fits_is_taken_for_one_after_its_ids_are_put_right() {
    let Some(live) = Live::start().await else { return };
    let document = format!("{}/openapi.json", live.berth.url);
    // A port in the path, which is sent in another way than its pattern has it.
    let asked = ["--include-operation-id", "set_registry_credential", "--seed", "1"];
    let often = ["--phases", "fuzzing", "--max-examples", "100"];
    let fine = live.run(&document, &[asked, often].concat()).await;
    assert!(fine, "{}\nIn short:\n{}", live.said(), live.found());
    assert!(live.berth.stop().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_exclusion_excludes_something() {
    let Some(live) = Live::start().await else { return };
    let output = live.python(Path::new("witnesses.py")).output().await.unwrap();
    crate::nothing_found(&output);
    assert!(live.berth.stop().await.success());
}

/// A service with something in it, and schemathesis beside it.
struct Live {
    berth: Berth,
    /// Where Python and its programs are.
    programs: PathBuf,
    folder: TempDir,
}

impl Live {
    /// None where the validators may be missing, and are.
    async fn start() -> Option<Self> {
        let programs = crate::folder()?.join("python/bin");
        let folder = TempDir::new().unwrap();
        let database = Database::create().await;
        let url = database.url();
        let settings = [SETTINGS[0], SETTINGS[1], ("BERTH_POSTGRES__URL", url.as_str())];
        let berth = Berth::start(&folder.path().join("berth"), &settings).await;
        let known = stage(&berth, &database).await;
        let told = json!({
            "url": berth.url, "token": berth.token(), "position": POSITION,
            "findings": folder.path().join("findings"),
            "ids": known.ids, "pem": known.pem.body(),
            "kubeconfig": known.pem.kubeconfig("SERVER", "a"),
        });
        fs::write(folder.path().join("berth.json"), told.to_string()).unwrap();
        Some(Self { berth, programs, folder })
    }

    /// Runs schemathesis to its end, and says whether it found nothing.
    async fn run(&self, document: &str, words: &[&str]) -> bool {
        let said = fs::File::create(self.folder.path().join("said")).unwrap();
        let settings = crate::here("schemathesis").join("schemathesis.toml");
        let mut child = self
            .python(&self.programs.join("schemathesis"))
            .arg("--config-file")
            .arg(settings)
            .args(["run", document, "--no-color", "--continue-on-failure", "--no-shrink"])
            .args(["--checks", "all", "--phases", "examples,coverage,fuzzing,stateful"])
            .args(words)
            .env("BERTH_TOKEN", self.berth.token())
            .env("SCHEMATHESIS_HOOKS", "hooks")
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            .spawn()
            .unwrap();
        timeout(DEADLINE, child.wait()).await.unwrap().unwrap().success()
    }

    /// A script in Python that is told of the service.
    fn python(&self, script: &Path) -> Command {
        let (ours, folder) = (crate::here("schemathesis"), self.folder.path());
        let mut command = Command::new(self.programs.join("python"));
        command
            .arg(ours.join(script))
            .env("BERTH_FUZZ", folder.join("berth.json"))
            .env("PYTHONPATH", ours)
            // It leaves nothing in the repository.
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(folder)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// What it said.
    fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("said")).unwrap()
    }

    /// What it found, a line for each.
    fn found(&self) -> String {
        fs::read_to_string(self.folder.path().join("findings")).unwrap_or_default()
    }
}

/// What is there when it begins.
struct Known {
    ids: Value,
    pem: Pem,
}

/// One thing of each kind, so that requests hit something.
async fn stage(berth: &Berth, database: &Database) -> Known {
    let post = async |path: &str, body: Value| {
        let made = berth.command(Method::POST, path, Some(&body)).await;
        made["id"].as_str().unwrap().to_owned()
    };
    let provider = json!({
        "name": "Paris", "kind": "swarm", "visibility": "public",
        "deployment_mode": "active_passive", "clusters": [
            { "name": "c1", "url": "http://127.0.0.1:1" },
            { "name": "c2", "url": "http://127.0.0.1:2" },
        ],
    });
    let provider = post("/v1/providers", provider).await;
    let paris = format!("/v1/providers/{provider}");
    post(&format!("{paris}/enable"), json!({})).await;
    let clusters = clusters_of(berth).await;
    let node = node(database, &provider, &clusters[0]).await;
    let pem = Pem::new("fuzz", 365);
    let mut certificate = pem.body();
    certificate["name"] = json!("seed");
    let certificate = post("/v1/certificates", certificate).await;
    let image = json!({ "reference": "registry.example/app:1", "visibility": "public" });
    let image = post(&format!("{paris}/images"), image).await;
    post(&format!("{paris}/images/{image}/enable"), json!({})).await;
    let value = Uuid::new_v4();
    let secret = json!({ "name": "db", "value": value });
    let secret = post(&format!("{paris}/secrets"), secret).await;

    let organization = post("/v1/organizations", json!({ "name": "ACME" })).await;
    let acme = format!("/v1/organizations/{organization}");
    let robin = json!({ "principal": { "name": "Robin" } });
    let robin = berth.command(Method::POST, "/v1/tokens", Some(&robin)).await;
    let role = json!({
        "principal_id": robin["principal_id"], "role": "member", "organization_id": organization,
    });
    let role = post("/v1/roles", role).await;
    let profile = json!({
        "name": "web", "provider_id": provider, "image_id": image, "replicas": 1,
        "secrets": [{ "secret_id": secret, "target": "db" }],
    });
    let profile = post(&format!("{acme}/profiles"), profile).await;
    let workload = json!({ "name": "shop", "profile_id": profile });
    let workload = post(&format!("{acme}/workloads"), workload).await;
    let ids = json!({
        "provider_id": [provider], "cluster_id": clusters, "node_id": [node],
        "certificate_id": [certificate], "image_id": [image], "secret_id": [secret],
        "organization_id": [organization], "profile_id": [profile], "workload_id": [workload],
        "principal_id": [robin["principal_id"]], "token_id": [robin["id"]], "role_id": [role],
    });
    Known { ids, pem }
}

async fn clusters_of(berth: &Berth) -> Vec<String> {
    let log = berth.get("/v1/events?type=ClusterAdded").await;
    let id = |event: &Value| event["data"]["cluster"]["id"].as_str().unwrap().to_owned();
    log["items"].as_array().unwrap().iter().map(id).collect()
}

/// A node, as the worker would report it.
async fn node(database: &Database, provider: &str, cluster: &str) -> String {
    let place = Place {
        cluster: ClusterId(cluster.parse().unwrap()),
        provider: ProviderId(provider.parse().unwrap()),
    };
    let observe = ObserveNode { place, facts: facts("active") };
    let command_id = CommandId(Uuid::now_v7());
    let metadata = Metadata {
        actor: PrincipalId(Uuid::from_u128(7)),
        causation_id: None,
        command_id,
        correlation_id: CorrelationId(command_id.0),
    };
    let request = Request { metadata, digest: [1; 32], expected: None, repeatable: false };
    database.writer().handle(&observe, &request).await.unwrap();
    observe.node().to_string()
}
