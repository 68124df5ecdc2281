//! A real identity provider: Dex, built by `.ci/install`, with one person in it.

use super::{
    cache,
    certificate::{Authority, Pem},
    wait::eventually,
};
use reqwest::{Client, Url, redirect};
use serde_json::Value;
use std::{
    fs,
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
/// More steps than a login has.
const REDIRECTS_MAX: u8 = 10;

/// A running Dex, or one that is down for a while.
pub struct Dex {
    /// `iss` of its tokens.
    pub issuer: String,
    /// Where the harness itself asks it, without TLS.
    plain: String,
    secret: String,
    client: Client,
    folder: TempDir,
    child: Option<Child>,
}

impl Dex {
    /// One that has an address, and does not run yet.
    #[must_use]
    pub fn down() -> Self {
        let port = free();
        Self::at(&format!("http://{port}/dex"), &port, TempDir::new().expect("a folder"), "")
    }

    /// One that runs, and is asked over TLS with a certificate of this authority.
    pub async fn secured(authority: &Authority) -> Self {
        let (port, folder) = (free(), TempDir::new().expect("a folder"));
        let Pem { key, certificate } = authority.server(&["localhost"]);
        let (key_file, chain_file) = (folder.path().join("key"), folder.path().join("chain"));
        fs::write(&key_file, key).expect("write its key");
        fs::write(&chain_file, certificate).expect("write its certificate");
        let secured = free();
        let web = format!(
            ", https: '{secured}', tlsKey: {}, tlsCert: {}",
            key_file.display(),
            chain_file.display()
        );
        let number = secured.rsplit(':').next().expect("a port");
        let mut dex = Self::at(&format!("https://localhost:{number}/dex"), &port, folder, &web);
        dex.rise().await;
        dex
    }

    fn at(issuer: &str, port: &str, folder: TempDir, web: &str) -> Self {
        let issuer = issuer.to_owned();
        let secret = format!("{:032x}", rand::random::<u128>());
        let client = |id: &str| {
            format!(
                "- id: {id}\n  name: {id}\n  secret: {secret}\n  redirectURIs: [http://{port}/]\n"
            )
        };
        let config = format!(
            "issuer: {issuer}\nstorage: {{type: memory}}\nweb: {{http: '{port}'{web}}}\n\
             oauth2: {{skipApprovalScreen: true}}\n\
             connectors:\n- {{type: mockCallback, id: mock, name: mock}}\n\
             staticClients:\n{}{}",
            client(AUDIENCE),
            client(STRANGER),
        );
        fs::write(folder.path().join("dex.yaml"), config).expect("write its configuration");
        let client = Client::builder().redirect(redirect::Policy::none()).build();
        let client = client.expect("a client");
        let plain = format!("http://{port}/dex");
        Self { issuer, plain, secret, client, folder, child: None }
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
        let keys = format!("{}/keys", self.plain);
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

    /// It logs its one person in without a question, and leads back with a code.
    async fn code(&self, ask: &str, back: &str) -> String {
        let mut place = Url::parse(ask).expect("an address");
        for _ in 0..REDIRECTS_MAX {
            if place.as_str().starts_with(&format!("{back}?")) {
                let code = place.query_pairs().find(|(name, _)| name == "code");
                return code.unwrap_or_else(|| panic!("no code: {place}")).1.into_owned();
            }
            let answer = self.client.get(place.clone()).send().await.expect("an answer");
            let next = answer.headers().get("location");
            let next = next.unwrap_or_else(|| panic!("no way back: {place} {answer:?}"));
            let next = place.join(next.to_str().expect("text")).expect("an address");
            // The same Dex, where it is asked without TLS.
            let next = next.as_str().replace(&self.issuer, &self.plain);
            place = Url::parse(&next).expect("an address");
        }
        panic!("led on and on, at last to {place}");
    }

    /// A token of its person, for one of its clients.
    pub async fn token(&self, audience: &str) -> String {
        let back = self.plain.trim_end_matches("dex");
        let scope = "openid+profile+email+groups";
        let ask = format!(
            "{}/auth?client_id={audience}&redirect_uri={back}&response_type=code&scope={scope}",
            self.plain
        );
        let code = self.code(&ask, back).await;
        let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", back)];
        let request = self.client.post(format!("{}/token", self.plain)).form(&form);
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

/// An address that nobody else in this network has; it must outlive a restart.
fn free() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its number").to_string()
}

fn program() -> PathBuf {
    let program = cache::place(&format!("dex-{COMMIT}"));
    assert!(program.is_file(), "{} is missing; `make install` builds it", program.display());
    program
}
