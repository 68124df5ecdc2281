//! Finds the programs that are started.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Error;

/// Where Debian and Ubuntu keep one folder for each major version of PostgreSQL.
const POSTGRES_VERSIONS: &str = "/usr/lib/postgresql";

/// Searched after `PATH`, which a service manager may have cut short.
const USUAL_FOLDERS: [&str; 6] =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// The folder with the programs of one major version of PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Postgres {
    pub(super) major: u32,
    pub(super) folder: PathBuf,
}

/// Finds a program by its name.
pub(super) fn find(name: &'static str, package: &'static str) -> Result<PathBuf, Error> {
    folders()
        .into_iter()
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .ok_or(Error::Missing { program: name, package })
}

/// Finds the newest PostgreSQL, or, where there is data already, the one that made it: another
/// major version cannot read it.
pub(super) fn find_postgres(made_by: Option<u32>) -> Result<Postgres, Error> {
    let mut found: Vec<Postgres> = std::fs::read_dir(POSTGRES_VERSIONS)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let major = entry.file_name().to_str()?.parse().ok()?;
            Some(Postgres { major, folder: entry.path().join("bin") })
        })
        .filter(|candidate| complete(&candidate.folder))
        .collect();
    found.sort();
    if let Some(known) = best(&found, made_by) {
        return Ok(known.clone());
    }
    let mut others: Vec<Postgres> = folders()
        .into_iter()
        .filter(|folder| complete(folder))
        .filter_map(|folder| Some(Postgres { major: major_of(&folder.join("postgres"))?, folder }))
        .collect();
    others.sort();
    match (best(&others, made_by), made_by) {
        (Some(known), _) => Ok(known.clone()),
        (None, Some(made_by)) => Err(Error::OtherVersion { made_by }),
        (None, None) => Err(Error::Missing { program: "PostgreSQL", package: "postgresql" }),
    }
}

fn best(sorted: &[Postgres], made_by: Option<u32>) -> Option<&Postgres> {
    sorted.iter().rfind(|candidate| made_by.is_none_or(|made_by| candidate.major == made_by))
}

fn folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let listed = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    listed.chain(USUAL_FOLDERS.iter().map(PathBuf::from)).collect()
}

fn complete(folder: &Path) -> bool {
    folder.join("postgres").is_file() && folder.join("initdb").is_file()
}

/// Reads "postgres (PostgreSQL) 15.3 (…)".
fn major_of(postgres: &Path) -> Option<u32> {
    let output = Command::new(postgres).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version =
        text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_numeric()))?;
    version.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}
