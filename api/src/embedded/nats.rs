//! A private NATS server with JetStream, on a free port of the loopback address.
//!
//! Any program of the machine can reach that port, so every client must log in. Three users, each
//! with no more than its work needs (see `nats/permissions.rs`): the relay alone publishes events,
//! the worker reads them, a subscriber is for everyone else. Their passwords are made once and kept
//! beside the store, and reach the server by a file that only its user can read.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use nix::sys::signal::Signal;

use super::account::{self, Account};
use super::child::{Child, Failure, STOP_WAIT};
use super::directory::{self, Lock, Place};
use super::launch::{self, Launch};
use super::{Error, leftover, program};
use crate::config::Secret;

mod passwords;
mod permissions;

pub use passwords::Name;
use passwords::Passwords;

/// Users that the server may run as instead of root.
const ACCOUNTS: [&str; 3] = ["nats", "nobody", "postgres"];

/// How long a start may take, which includes a check of all that is stored.
const START_WAIT: Duration = Duration::from_secs(60);

/// Time between two looks at a server that is starting.
const START_POLL: Duration = Duration::from_millis(5);

/// How long a process may take to end after it was killed.
const KILL_WAIT: Duration = Duration::from_secs(10);

/// Port 0 asks for any free one.
const ANY_PORT: u16 = 0;

/// What the server is called in log lines and errors.
const NAME: &str = "NATS";

/// What the process is called in `/proc`.
const PROGRAM: &str = "nats-server";

/// What a server may take.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bytes that all streams together may take on disk.
    pub store_bytes_max: u64,
    /// Connections open at once.
    pub connections_max: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { store_bytes_max: 2 * 1024 * 1024 * 1024, connections_max: 1_024 }
    }
}

/// A running server. Stopped when dropped.
pub struct Server {
    // Dropped first, so that the folder is given back only when nothing works in it any more.
    child: Child,
    place: Place,
    account: Option<Account>,
    passwords: Passwords,
    /// The port once it is known; from then on it stays.
    port: Arc<AtomicU16>,
    _lock: Lock,
}

impl Server {
    /// Starts a server in `folder`, with the port it had before where that is free.
    pub fn start(folder: &Path, settings: &Settings) -> Result<Self, Error> {
        directory::make(folder, 0o711, None)?;
        let lock = Lock::take(folder)?;
        let store = folder.join("store");
        let account = account::choose(&store, &ACCOUNTS)?;
        let place = Place::of(folder, account.as_ref())?;
        let program = program::find(PROGRAM, "nats-server")?;
        for folder in [&store, &folder.join("ports")] {
            directory::make(folder, 0o700, account.as_ref())?;
        }
        directory::make(&folder.join("settings"), 0o711, None)?;
        leftover::wait_until_gone(&store, PROGRAM)?;

        let passwords = Passwords::read_or_make(&folder.join("passwords"))?;
        let port = Arc::new(AtomicU16::new(last_port(&place).filter(is_free).unwrap_or(ANY_PORT)));
        let launch =
            Launch { name: NAME, program, place, within: "store", account: account.clone() };
        let place = launch.place.clone();
        let (wanted, known) = (Arc::clone(&port), passwords.clone());
        let settings = settings.clone();
        let prepare = move || {
            leftover::wait_until_gone(&launch.place.outside.join("store"), PROGRAM)?;
            remove_port_files(&launch.place);
            let text = configuration(&launch.place, &settings, &known, &wanted);
            let path = launch.place.outside.join("settings/nats.conf");
            directory::write_private(&path, &text, launch.account.as_ref())?;
            let inside = launch.place.inside.join("settings/nats.conf");
            launch.command(&["--config".into(), inside.into()])
        };
        let child = Child::new(NAME, Box::new(prepare))?;
        let server = Self { child, place, account, passwords, port, _lock: lock };
        server.find_port()?;
        Ok(server)
    }

    /// The address, without anyone's password.
    pub fn address(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port())
    }

    /// The password of a user. `async-nats` takes it apart from the address: it overlooks one that
    /// is part of it.
    pub fn password(&self, name: Name) -> &Secret {
        self.passwords.of(name)
    }

    /// The address for a user, with its password, as the command `nats --server` takes it.
    pub fn url(&self, name: Name) -> Secret {
        let password = self.passwords.of(name).expose();
        Secret::from(format!("nats://{}:{password}@127.0.0.1:{}", name.as_str(), self.port()))
    }

    /// The port on the loopback address. It stays the same while this value lives.
    pub fn port(&self) -> u16 {
        self.port.load(Ordering::Relaxed)
    }

    /// Where the server writes what it has to say.
    pub(super) fn log(&self) -> PathBuf {
        launch::log_path(&self.place)
    }

    /// The id of the process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.pid()
    }

    /// Kills the server and leaves it down.
    pub fn kill(&self) -> Result<(), Error> {
        self.child.stop(Signal::SIGKILL, KILL_WAIT);
        leftover::end(&self.store(), PROGRAM)
    }

    /// Stops the server in good order and leaves it down.
    pub fn stop(&self) {
        self.child.stop(Signal::SIGINT, STOP_WAIT);
    }

    /// Kills the server, deletes all that it stored and leaves it down.
    pub fn wipe(&self) -> Result<(), Error> {
        self.kill()?;
        let store = self.store();
        fs::remove_dir_all(&store)
            .map_err(|source| Error::directory("remove store", &store, source))?;
        directory::make(&store, 0o700, self.account.as_ref())
    }

    /// The folder of all that is stored: a test may copy it while the server is down, and put an
    /// older state back.
    pub fn store(&self) -> std::path::PathBuf {
        self.place.outside.join("store")
    }

    /// Starts a server that was killed, stopped or wiped, at the same address.
    pub fn start_again(&self) -> Result<(), Error> {
        self.wait_until_ready()
            .map_err(|failure| Error::not_started(NAME, failure, &self.place))?;
        Ok(())
    }

    /// The first start: when somebody took the earlier port in the last moment, any other will do.
    fn find_port(&self) -> Result<(), Error> {
        let port = match self.wait_until_ready() {
            Err(Failure::Ended(_)) if self.port() != ANY_PORT => {
                self.port.store(ANY_PORT, Ordering::Relaxed);
                self.wait_until_ready()
            }
            first => first,
        }
        .map_err(|failure| Error::not_started(NAME, failure, &self.place))?;
        self.port.store(port, Ordering::Relaxed);
        directory::write_private(&self.place.outside.join("port"), &format!("{port}\n"), None)?;
        let url = format!("{}\n", self.url(Name::Subscriber).expose());
        directory::write_private(&self.place.outside.join("subscriber.url"), &url, None)
    }

    fn wait_until_ready(&self) -> Result<u16, Failure> {
        let ready = |pid| port_of(&self.place, pid);
        let port = self.child.try_start(START_WAIT, START_POLL, ready)?;
        self.child.keep();
        Ok(port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        self.place.remove_short();
    }
}

/// The whole configuration of the server.
fn configuration(
    place: &Place,
    settings: &Settings,
    passwords: &Passwords,
    port: &AtomicU16,
) -> String {
    let port = match port.load(Ordering::Relaxed) {
        ANY_PORT => "-1".to_owned(),
        port => port.to_string(),
    };
    let Settings { store_bytes_max, connections_max } = settings;
    let ports = quoted(&place.inside.join("ports"));
    let store = quoted(&place.inside.join("store"));
    let users = permissions::users(passwords);
    format!(
        "# Written at each start. Changes are lost.\n\
         server_name: berth\n\
         host: \"127.0.0.1\"\n\
         port: {port}\n\
         ports_file_dir: {ports}\n\
         max_connections: {connections_max}\n\
         jetstream {{\n  store_dir: {store}\n  max_memory_store: 67108864\n  \
         max_file_store: {store_bytes_max}\n}}\n\
         {users}"
    )
}

/// A path as a text of the configuration language.
fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display().to_string().replace('\\', "\\\\").replace('"', "\\\""))
}

/// The port that the process listens on, once it does: the server writes it to a file that is named
/// after itself and its process id.
fn port_of(place: &Place, pid: u32) -> Option<u16> {
    #[derive(serde::Deserialize)]
    struct Ports {
        nats: Vec<String>,
    }
    let path = place.outside.join(format!("ports/{PROGRAM}_{pid}.ports"));
    let ports: Ports = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
    ports.nats.first()?.rsplit_once(':')?.1.parse().ok()
}

/// A file of an earlier process with the same id would be believed too soon.
fn remove_port_files(place: &Place) {
    for entry in fs::read_dir(place.outside.join("ports")).into_iter().flatten().flatten() {
        let _gone = fs::remove_file(entry.path());
    }
}

fn last_port(place: &Place) -> Option<u16> {
    fs::read_to_string(place.outside.join("port")).ok()?.trim().parse().ok()
}

fn is_free(port: &u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()
}
