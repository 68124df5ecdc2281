//! What can go wrong with a private server, in words that name the cure.

use std::path::{Path, PathBuf};

use super::child::Failure;
use super::directory::Place;
use super::launch;

/// Why a private server does not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program is not installed.
    #[error("{program} is not installed; install it with: apt-get install {package}")]
    Missing {
        /// What was looked for.
        program: &'static str,
        /// Debian's package that has it.
        package: &'static str,
    },
    /// The data was made by a PostgreSQL that is not installed.
    #[error(
        "the data was made by PostgreSQL {made_by}, which is not installed; \
         install it with: apt-get install postgresql-{made_by}"
    )]
    OtherVersion {
        /// The major version.
        made_by: u32,
    },
    /// Another process has the folder.
    #[error(
        "folder {} is in use by process {holder}; stop that one, or set another data_dir",
        folder.display()
    )]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// The process that has it; 0 where it could not be read.
        holder: u32,
    },
    /// A file or folder could not be made, read or written.
    #[error("could not {attempt} {}", path.display())]
    Directory {
        /// What was tried.
        attempt: &'static str,
        /// With what.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A folder belongs to a user whom Berth cannot act for.
    #[error(
        "{} belongs to user {owner}; run berth as that user, or set another data_dir",
        path.display()
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// The id of the user.
        owner: u32,
    },
    /// The server's user cannot walk to its folder, and the way around is closed.
    #[error(
        "user {user}, as whom a server would run, cannot walk to {}, and this process may not \
         make a mount namespace; set a data_dir that every user can walk to, as /var/lib/berth",
        folder.display()
    )]
    Unreachable {
        /// The folder.
        folder: PathBuf,
        /// The name of the user.
        user: String,
    },
    /// Root has nobody to run a server as.
    #[error("a server must not run as root, and this system has none of the users {names}")]
    NoAccount {
        /// The users looked for.
        names: String,
    },
    /// The user who runs Berth has no name.
    #[error("PostgreSQL needs a user with a name, and user {uid} has none in the user database")]
    Nameless {
        /// The id of the user.
        uid: u32,
    },
    /// A program could not be started.
    #[error("could not start {program}")]
    Start {
        /// Its name.
        program: &'static str,
        /// Why not.
        source: std::io::Error,
    },
    /// A program ended before its work was done.
    #[error("{name} {how}; the end of its log:\n{log}")]
    Ended {
        /// Its name.
        name: &'static str,
        /// Its status.
        how: String,
        /// The end of what it said.
        log: String,
    },
    /// A server took too long.
    #[error("{name} was not ready after {seconds} s; the end of its log:\n{log}")]
    NotReady {
        /// Its name.
        name: &'static str,
        /// How long it was waited for.
        seconds: u64,
        /// The end of what it said.
        log: String,
    },
    /// A process of an earlier run does not end.
    #[error("a process {program} of an earlier run in {} does not end", folder.display())]
    Leftover {
        /// Where it works.
        folder: PathBuf,
        /// Its name.
        program: &'static str,
    },
    /// The system gave no random bytes.
    #[error("could not make a password")]
    Random(#[source] rand::rand_core::OsError),
}

impl Error {
    pub(super) fn directory(attempt: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Directory { attempt, path: path.to_path_buf(), source }
    }

    pub(super) fn not_started(name: &'static str, failure: Failure, place: &Place) -> Self {
        let log = launch::tail(place);
        match failure {
            Failure::Ended(how) => Self::Ended { name, how, log },
            Failure::NotReady(patience) => {
                Self::NotReady { name, seconds: patience.as_secs(), log }
            }
        }
    }
}
