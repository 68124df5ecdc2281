//! A real identity provider: Dex, built by `.ci/install`, with one person in it.

use super::wait::eventually;
use reqwest::Client;
use serde_json::Value;
use std::{
    env, fs,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

/// The commit that `tests/dex/go.mod` names.
const COMMIT: &str = "43956db7fd75";
/// The client that asks for tokens for Berth.
pub const AUDIENCE: &str = "berth";
/// Another client of the same provider.
pub const STRANGER: &str = "another";
/// What the provider calls its one person.
pub const PERSON: &str = "Kilgore Trout";
/// The group that person is in.
pub const GROUP: &str = "authors";

/// A running Dex, or one that is down for a while.
pub struct Dex {
    /// `iss` of its tokens.
    pub issuer: String,
    secret: String,
    client: Client,
    folder: TempDir,
    child: Option<Child>,
}

impl Dex {
    /// One that has an address, and does not run yet.
    #[must_use]
    pub fn down() -> Self {
        // Taken by nobody else in this network; the address must outlive a restart.
        let port =
            TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number");
        let issuer = format!("http://{port}/dex");
        let secret = format!("{:032x}", rand::random::<u128>());
        let folder = TempDir::new().expect("a folder");
        let client = |id: &str| {
            format!(
                "- id: {id}\n  name: {id}\n  secret: {secret}\n  redirectURIs: [http://{port}/]\n"
            )
        };
        let config = format!(
            "issuer: {issuer}\nstorage: {{type: memory}}\nweb: {{http: '{port}'}}\n\
             oauth2: {{skipApprovalScreen: true}}\n\
             connectors:\n- {{type: mockCallback, id: mock, name: mock}}\n\
             staticClients:\n{}{}",
            client(AUDIENCE),
            client(STRANGER),
        );
        fs::write(folder.path().join("dex.yaml"), config).expect("write its configuration");
        Self { issuer, secret, client: Client::new(), folder, child: None }
    }

    /// One that runs.
    pub async fn start() -> Self {
        let mut dex = Self::down();
        dex.rise().await;
        dex
    }

    /// Starts it; it has forgotten its keys, and makes new ones.
    pub async fn rise(&mut self) {
        let log = fs::File::create(self.folder.path().join("dex.log")).expect("its log");
        let child = Command::new(program())
            .arg("serve")
            .arg(self.folder.path().join("dex.yaml"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("its log"))
            .stderr(log)
            .spawn()
            .expect("start Dex");
        self.child = Some(child);
        let keys = format!("{}/keys", self.issuer);
        eventually("Dex answers", async || {
            let answer = self.client.get(&keys).send().await.ok()?;
            let keys: Value = answer.json().await.ok()?;
            (!keys["keys"].as_array()?.is_empty()).then_some(())
        })
        .await;
    }

    /// Kills it.
    pub fn fall(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("kill Dex");
            child.wait().expect("wait for Dex");
        }
    }

    /// A token of its person, for one of its clients.
    pub async fn token(&self, audience: &str) -> String {
        let back = self.issuer.trim_end_matches("dex");
        let scope = "openid+profile+email+groups";
        let ask = format!(
            "{}/auth?client_id={audience}&redirect_uri={back}&response_type=code&scope={scope}",
            self.issuer
        );
        // It logs its one person in without a question, and leads back with a code.
        let led = self.client.get(ask).send().await.expect("an answer");
        let code = led.url().query_pairs().find(|(name, _)| name == "code");
        let code = code.unwrap_or_else(|| panic!("no code: {}", led.url())).1.into_owned();
        let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", back)];
        let request = self.client.post(format!("{}/token", self.issuer)).form(&form);
        let answer = request.basic_auth(audience, Some(&self.secret)).send().await;
        let answer: Value = answer.expect("an answer").json().await.expect("JSON");
        answer["id_token"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
    }
}

impl Drop for Dex {
    fn drop(&mut self) {
        self.fall();
    }
}

fn program() -> PathBuf {
    let folder =
        |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")));
    let cache = cache.expect("HOME, where `.ci/install` keeps what it builds");
    let program = cache.join(format!("berth/dex-{COMMIT}"));
    assert!(program.is_file(), "{} is missing; `make install` builds it", program.display());
    program
}
