//! A private PostgreSQL: real, durable, and reached through a Unix socket only.
//!
//! Whoever can open the socket is let in as the kernel says who they are (`peer`), so there is no
//! password to keep. The socket's folder is open to the server's user alone, and to root.
//!
//! A new cluster is made beside its final place and moved there when it is whole and on disk, so a
//! crash at any moment leaves either no cluster or a good one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::Signal;

use super::account;
use super::child::{Child, STOP_WAIT};
use super::directory::{self, Lock, Place};
use super::launch::{self, Launch};
use super::{Error, leftover, program};

mod cluster;

/// Owns the tables, and may do everything.
pub const OWNER: &str = "berth_owner";

/// What the service logs in as. It may do what the owner grants to it.
pub const SERVICE: &str = "berth_service";

/// The database of the service.
pub const DATABASE: &str = "berth";

/// Users that the server may run as instead of root; the first is Debian's own.
const ACCOUNTS: [&str; 2] = ["postgres", "nobody"];

/// How long a start may take. After a crash the server first reads what was written since its last
/// checkpoint, at most a few gigabytes.
const START_WAIT: Duration = Duration::from_secs(120);

/// Time between two looks at a server that is starting.
const START_POLL: Duration = Duration::from_millis(5);

/// How long a process may take to end after it was killed.
const KILL_WAIT: Duration = Duration::from_secs(10);

/// Where the address for the service is written down, for other processes of the same user.
pub(super) const URL_FILE: &str = "service.url";

/// What the server is called in log lines and errors.
const NAME: &str = "PostgreSQL";

/// What the process is called in `/proc`.
const PROGRAM: &str = "postgres";

/// Each append needs a few hundred kilobytes for a moment. Left to itself the C library gives them
/// back and asks for them again, which took a third of the time of an append.
const MEMORY: [(&str, &str); 3] = [
    ("MALLOC_MMAP_THRESHOLD_", "4194304"),
    ("MALLOC_TOP_PAD_", "524288"),
    ("MALLOC_TRIM_THRESHOLD_", "4194304"),
];

fn keep_memory(mut server: std::process::Command) -> std::process::Command {
    server.envs(MEMORY);
    server
}

/// Settings of the server that differ from the built-in ones.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    changed: Vec<(String, String)>,
}

/// A running server. Stopped when dropped.
pub struct Server {
    // Dropped first, so that the folder is given back only when nothing works in it any more.
    child: Child,
    place: Place,
    sockets: PathBuf,
    _lock: Lock,
}

impl Settings {
    /// Changes one parameter, as `-c name=value` does. It is seen by every user of the machine.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.changed.push((name.to_owned(), value.to_owned()));
        self
    }

    fn is_durable(&self) -> bool {
        self.changed.iter().rfind(|(name, _)| name == "fsync").is_none_or(|(_, on)| on == "on")
    }
}

impl Server {
    /// Starts a server in `folder`, with a new cluster if there is none yet.
    ///
    /// Blocks for as long as that takes: about a second the first time, a tenth of one after it.
    pub fn start(folder: &Path, settings: &Settings) -> Result<Self, Error> {
        directory::make(folder, 0o711, None)?;
        let lock = Lock::take(folder)?;
        let data = folder.join("data");
        let account = account::choose(&data, &ACCOUNTS)?;
        let place = Place::of(folder, account.as_ref())?;
        let installed = program::find_postgres(cluster::made_by(&data)?)?;
        let sockets = place.make_socket_folder(account.as_ref())?;
        cluster::write_access_rules(&place, account.as_ref())?;
        let launch = Launch {
            name: NAME,
            program: installed.folder.join("postgres"),
            place: place.clone(),
            within: "data",
            account,
        };
        leftover::wait_until_gone(&data, PROGRAM)?;
        cluster::remove_unfinished(&place)?;
        if !data.join("PG_VERSION").is_file() {
            cluster::make(&launch, &installed.folder.join("initdb"), settings.is_durable())?;
        }

        let arguments = cluster::arguments(&place, &sockets, &settings.changed);
        let prepare = move || {
            // The processes of a server whose first one was killed still hold its memory.
            leftover::wait_until_gone(&data, PROGRAM)?;
            launch.command(&arguments).map(keep_memory)
        };
        let child = Child::new(NAME, Box::new(prepare))?;
        let server = Self { child, place, sockets, _lock: lock };
        server.start_again()?;
        directory::write_private(&folder.join(URL_FILE), &format!("{}\n", server.url()), None)?;
        Ok(server)
    }

    /// The database of the service, for the owner of its tables.
    pub fn owner_url(&self) -> String {
        self.url_of(OWNER, DATABASE)
    }

    /// The database of the service, for the service.
    pub fn url(&self) -> String {
        self.url_of(SERVICE, DATABASE)
    }

    /// The address of any database of this server, for one of [`OWNER`] and [`SERVICE`].
    pub fn url_of(&self, role: &str, database: &str) -> String {
        let sockets = cluster::percent_encoded(&self.sockets);
        format!("postgres://{role}@localhost/{database}?host={sockets}")
    }

    /// The folder of the socket, as `psql -h` takes it.
    pub fn socket_folder(&self) -> &Path {
        &self.sockets
    }

    /// Where the server writes what it has to say.
    pub(super) fn log(&self) -> PathBuf {
        launch::log_path(&self.place)
    }

    /// The id of the first process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.pid()
    }

    /// Kills all processes of the server at once, as a power cut would, and leaves it down.
    pub fn kill(&self) -> Result<(), Error> {
        self.child.stop(Signal::SIGKILL, KILL_WAIT);
        leftover::end(&self.place.outside.join("data"), PROGRAM)
    }

    /// Stops the server in good order and leaves it down; clients are disconnected.
    pub fn stop(&self) {
        self.child.stop(Signal::SIGINT, STOP_WAIT);
    }

    /// Starts a server that was killed or stopped, at the same address, with the same data.
    pub fn start_again(&self) -> Result<(), Error> {
        let status = self.place.outside.join("data/postmaster.pid");
        let ready = |pid| cluster::is_ready(&fs::read_to_string(&status).ok()?, pid).then_some(());
        self.child
            .try_start(START_WAIT, START_POLL, ready)
            .map_err(|failure| Error::not_started(NAME, failure, &self.place))?;
        self.child.keep();
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        self.place.remove_short();
    }
}
