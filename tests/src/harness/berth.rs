//! The real service as a process of its own, as an operator runs it.

use super::wait::SOON;
use async_nats::ConnectOptions;
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

/// A running `berth serve` with private servers in a folder of its own.
pub struct Berth {
    /// `http://127.0.0.1:<port>`
    pub url: String,
    folder: PathBuf,
    token: String,
    said: Arc<Mutex<String>>,
    client: Client,
    child: Child,
}

impl Berth {
    /// Starts the binary that was built beside this one, on a free port.
    pub async fn start(folder: &Path, settings: &[(&str, &str)]) -> Self {
        let mut child = Self::starting(folder, settings);
        let output = child.stdout.take().expect("its standard output");
        let mut lines = BufReader::new(output).lines();
        let said = Arc::new(Mutex::new(String::new()));
        let hears = {
            let said = Arc::clone(&said);
            move |line: &str| said.lock().expect("what it said").extend([line, "\n"])
        };
        let address = timeout(3 * SOON, async {
            while let Some(line) = lines.next_line().await.expect("read a line") {
                hears(&line);
                if let Some(at) = line.find("http://") {
                    let rest = &line[at + "http://".len()..];
                    return rest.split('/').next().unwrap_or_default().to_owned();
                }
            }
            let log = fs::read_to_string(folder.join("berth.log")).unwrap_or_default();
            panic!(
                "`berth serve` ended before it was up:
{log}"
            );
        });
        let address = address.await.expect("`berth serve` is up in time");
        // Somebody must read what it says until it ends, or it would block.
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                hears(&line);
            }
        });
        let token = settings.iter().find(|(key, _)| *key == "BERTH_BOOTSTRAP_TOKEN").map_or_else(
            || fs::read_to_string(folder.join("admin-token")).expect("the token").trim().to_owned(),
            |(_, token)| (*token).to_owned(),
        );
        let url = format!("http://{address}");
        Self { url, folder: folder.to_owned(), token, said, client: Client::new(), child }
    }

    /// Begins to start it, and waits for nothing.
    ///
    /// # Panics
    /// When there is no such binary.
    #[must_use]
    pub fn starting(folder: &Path, settings: &[(&str, &str)]) -> Child {
        Command::new(binary())
            .arg("serve")
            .env("BERTH_DATA_DIR", folder)
            .env("BERTH_HTTP__LISTEN", "127.0.0.1:0")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log_of(folder))
            .kill_on_drop(true)
            .spawn()
            .expect("start `berth serve`; `cargo build --workspace` makes it")
    }

    /// Asks, as the administrator; the answer's status and body.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = request.bearer_auth(&self.token);
        let request = if let Some(body) = body { request.json(body) } else { request };
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        (status, answer.json().await.unwrap_or_default())
    }

    /// Posts what must be accepted, under an `Idempotency-Key`.
    pub async fn repeatable(&self, key: &str, path: &str, body: &Value) -> Value {
        let request = self.client.post(format!("{}{path}", self.url)).json(body);
        let request = request.bearer_auth(&self.token).header("Idempotency-Key", key);
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "POST {path}: {answer:?}");
        answer.json().await.expect("a body")
    }

    /// Starts one that must not come up; what it says to that.
    pub async fn refused(folder: &Path, settings: &[(&str, &str)]) -> String {
        Self::refused_as("serve", folder, settings).await
    }

    /// The same in another role.
    pub async fn refused_as(role: &str, folder: &Path, settings: &[(&str, &str)]) -> String {
        let output = Command::new(binary())
            .arg(role)
            .env("BERTH_DATA_DIR", folder)
            .env("BERTH_HTTP__LISTEN", "127.0.0.1:0")
            .envs(settings.iter().copied())
            .output();
        let output = timeout(3 * SOON, output).await.expect("an end").expect("start `berth`");
        assert!(!output.status.success(), "it came up");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Asks with another token; the answer's status.
    pub async fn status_as(&self, token: &str, path: &str) -> u16 {
        let request = self.client.get(format!("{}{path}", self.url)).bearer_auth(token);
        request.send().await.expect("an answer").status().as_u16()
    }

    /// Reads what must be there.
    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, None).await;
        assert!(status.is_success(), "GET {path}: {status} {body}");
        body
    }

    /// Commands what must be accepted.
    pub async fn command(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = self.ask(method.clone(), path, body).await;
        assert!(status.is_success(), "{method} {path}: {status} {answer}");
        answer
    }

    /// Where those who subscribe find how to reach NATS.
    #[must_use]
    pub fn subscriber_url(&self) -> String {
        fs::read_to_string(self.folder.join("nats/subscriber.url")).expect("the file").trim().into()
    }

    /// Another service that subscribes.
    pub async fn subscriber(&self) -> async_nats::Client {
        // nats://USER:PASSWORD@HOST:PORT; the client takes the login apart from the address.
        let url = self.subscriber_url();
        let (login, address) = url
            .strip_prefix("nats://")
            .and_then(|rest| rest.split_once('@'))
            .expect("an address with a login");
        let (user, password) = login.split_once(':').expect("a user and a password");
        let options = ConnectOptions::with_user_and_password(user.into(), password.into());
        options.connect(address).await.expect("connect to NATS")
    }

    /// The administrator's token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// What it has said on standard output so far; what it logs is elsewhere.
    ///
    /// # Panics
    /// When what hears it has panicked.
    #[must_use]
    pub fn said(&self) -> String {
        self.said.lock().expect("what it said").clone()
    }

    /// The id of the process.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Runs another role beside it, in the same folder; what that printed.
    pub async fn run(&self, words: &[&str]) -> String {
        self.run_with(words, &[]).await
    }

    /// The same, with settings as it was started with.
    pub async fn run_with(&self, words: &[&str], settings: &[(&str, &str)]) -> String {
        let output = Command::new(binary())
            .args(words)
            .env("BERTH_DATA_DIR", &self.folder)
            .envs(settings.iter().copied())
            .output()
            .await
            .expect("start `berth`");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "berth {words:?}: {said}{log}");
        said
    }

    /// Kills it, as `kill -9` does.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("kill `berth serve`");
    }

    /// Stops it, as Ctrl-C does, and says how it ended.
    pub async fn stop(mut self) -> std::process::ExitStatus {
        let id = self.pid().and_then(|pid| i32::try_from(pid).ok()).expect("a running process");
        let id = nix::unistd::Pid::from_raw(id);
        nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGINT).expect("send SIGINT");
        timeout(2 * SOON, self.child.wait()).await.expect("it stops in time").expect("wait for it")
    }
}

/// What it logs goes beside its data, where a failed story can be looked into.
fn log_of(folder: &Path) -> fs::File {
    fs::create_dir_all(folder).expect("make the data folder");
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true).open(folder.join("berth.log")).expect("open a log")
}

/// `berth` beside the running binary, or one folder up for a test.
fn binary() -> PathBuf {
    let here = std::env::current_exe().expect("the path of this program");
    here.ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("berth"))
        .find(|path| path.is_file())
        .expect("no `berth` beside this program; `cargo build --workspace` makes it")
}
