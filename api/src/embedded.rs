//! Real PostgreSQL and real NATS as children of Berth, for where nobody runs them.
//!
//! There is one code path: what runs here is what runs in production, started by Berth instead of
//! by somebody else. Each server has a folder, a lock on it, and a thread that keeps it alive; it
//! ends with Berth, however Berth ends.
//!
//! **Invariants**
//! - A second Berth in the same folder is refused before it touches anything.
//! - Whatever an earlier Berth left (processes, sockets, files half made) never blocks a start.
//! - No secret is in the arguments or the environment of a child.
//! - The address of a server stays the same while this value lives, also when the server dies.
//!
//! Under `data_dir`, each server has `data` or `store` (its own files, owned by the user it runs
//! as), `settings` (what Berth tells it, written anew at each start), `server.log` and `lock`;
//! PostgreSQL has its `socket`, NATS its `port`, `passwords` and `subscriber.url`.
//!
//! Everything here blocks, for a second or two at the most; call it before the async runtime
//! starts, or where it may block.

use std::path::{Path, PathBuf};
use std::thread;

use crate::config::{Config, Secret};

mod account;
mod child;
mod directory;
mod error;
mod launch;
mod leftover;
mod logs;
pub mod nats;
pub mod postgres;
mod program;

pub use error::Error;

/// The servers that the configuration does not name.
pub struct Embedded {
    // Stopped in this order: NATS only repeats what PostgreSQL knows.
    nats: Option<nats::Server>,
    postgres: Option<postgres::Server>,
    _logs: Option<logs::Logs>,
    folder: PathBuf,
    _lock: Option<directory::Lock>,
}

impl Embedded {
    /// Starts the servers for which `config` names no address, under its `data_dir`.
    pub fn start(config: &Config) -> Result<Self, Error> {
        let folder = std::path::absolute(&config.data_dir).map_err(|source| {
            Error::directory("find the current folder for", &config.data_dir, source)
        })?;
        let wants_postgres = config.postgres.url.is_none();
        let wants_nats = config.nats.url.is_none();
        if !wants_postgres && !wants_nats {
            return Ok(Self { nats: None, postgres: None, _logs: None, folder, _lock: None });
        }
        directory::make(&folder, 0o711, None)?;
        let lock = directory::Lock::take(&folder)?;
        let settings = nats::Settings {
            store_bytes_max: room_for(config.nats.stream_max_bytes),
            ..nats::Settings::default()
        };
        let connections = connections_for(config.postgres.pool_max).to_string();
        let parameters = postgres::Settings::default().with("max_connections", &connections);
        let (postgres, nats) = thread::scope(|scope| {
            let nats = wants_nats
                .then(|| scope.spawn(|| nats::Server::start(&folder.join("nats"), &settings)));
            let postgres = wants_postgres
                .then(|| postgres::Server::start(&folder.join("postgres"), &parameters));
            let nats = nats.map(|thread| match thread.join() {
                Ok(started) => started,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            (postgres, nats)
        });
        let (postgres, nats) = (postgres.transpose()?, nats.transpose()?);
        let files =
            [nats.as_ref().map(nats::Server::log), postgres.as_ref().map(postgres::Server::log)];
        let logs = logs::Logs::keep(files.into_iter().flatten().collect())
            .map_err(|source| Error::Start { program: "the look at server logs", source })?;
        Ok(Self { nats, postgres, _logs: Some(logs), folder, _lock: Some(lock) })
    }

    /// The database of the private PostgreSQL that another process runs in this `data_dir`.
    pub fn beside(config: &Config) -> Result<String, Error> {
        let file = config.data_dir.join("postgres").join(postgres::URL_FILE);
        match std::fs::read_to_string(&file) {
            Ok(url) => Ok(url.trim().to_owned()),
            Err(source) => Err(Error::directory("read", &file, source)),
        }
    }

    /// The database for the owner of its tables; none where the configuration names one.
    pub fn postgres_owner_url(&self) -> Option<String> {
        self.postgres.as_ref().map(postgres::Server::owner_url)
    }

    /// The database for the service; none where the configuration names one.
    pub fn postgres_url(&self) -> Option<String> {
        self.postgres.as_ref().map(postgres::Server::url)
    }

    /// The private NATS, without anyone's password; none where the configuration names another.
    pub fn nats_address(&self) -> Option<String> {
        self.nats.as_ref().map(nats::Server::address)
    }

    /// User and password at the private NATS; none where the configuration names another.
    pub fn nats_login(&self, name: nats::Name) -> Option<(&'static str, &Secret)> {
        self.nats.as_ref().map(|server| (name.as_str(), server.password(name)))
    }

    /// Address, user and password in one, for clients that take them so.
    pub fn nats_url(&self, name: nats::Name) -> Option<Secret> {
        self.nats.as_ref().map(|server| server.url(name))
    }

    /// The file with the address for those who want to subscribe; only the user who runs Berth can
    /// read it.
    pub fn nats_subscriber_file(&self) -> Option<PathBuf> {
        self.nats.as_ref().map(|_| self.folder.join("nats/subscriber.url"))
    }

    /// The private PostgreSQL, where there is one.
    pub fn postgres(&self) -> Option<&postgres::Server> {
        self.postgres.as_ref()
    }

    /// The private NATS, where there is one.
    pub fn nats(&self) -> Option<&nats::Server> {
        self.nats.as_ref()
    }

    /// Where everything is kept.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Stops the servers in good order, each within a bounded time. Dropping does the same.
    pub fn stop(self) {
        drop(self);
    }
}

/// The stream is cut after it has grown, and keeps some books beside its messages.
fn room_for(stream_max_bytes: u64) -> u64 {
    const BESIDE: u64 = 256 * 1024 * 1024;
    stream_max_bytes.saturating_add(stream_max_bytes / 4).saturating_add(BESIDE)
}

/// A few processes may share the server, and an operator must find a place too.
fn connections_for(pool_max: u64) -> u64 {
    const PROCESSES: u64 = 4;
    const BESIDE: u64 = 40;
    (pool_max * PROCESSES + BESIDE).max(200)
}
