//! What a PostgreSQL cluster consists of on disk, and how its server is told.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use nix::unistd::syncfs;
use uuid::Uuid;

use super::{OWNER, PROGRAM, SERVICE};
use crate::embedded::account::{self, Account};
use crate::embedded::directory::{self, Place};
use crate::embedded::launch::Launch;
use crate::embedded::{Error, leftover};

/// What the program that makes a cluster is called.
const INITDB: &str = "initdb";

/// What a new cluster is given, a statement a line, as the single-user mode reads it.
const FIRST_STATEMENTS: &str =
    "CREATE ROLE berth_service LOGIN\nCREATE DATABASE berth OWNER berth_owner\n";

/// Settings that make an acknowledged commit survive a power cut, and keep the server private.
const SETTINGS: [(&str, &str); 14] = [
    ("listen_addresses", ""),
    ("port", "5432"),
    ("unix_socket_permissions", "0700"),
    ("fsync", "on"),
    ("full_page_writes", "on"),
    ("synchronous_commit", "on"),
    ("max_connections", "200"),
    ("jit", "off"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("log_checkpoints", "off"),
    // Above ERROR: a refused statement is the business of its client, and would fill the disk.
    ("log_min_messages", "log"),
    ("logging_collector", "off"),
    ("cluster_name", "berth"),
];

/// What the name of a cluster begins with that is being made.
const UNFINISHED: &str = "data.new.";

/// Ends and removes what a Berth that was killed had begun to make.
pub(super) fn remove_unfinished(place: &Place) -> Result<(), Error> {
    // It works in the folder itself, and starts others that work in the new cluster.
    leftover::wait_until_gone(&place.outside, INITDB)?;
    for entry in fs::read_dir(&place.outside).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            leftover::wait_until_gone(&entry.path(), PROGRAM)?;
            // One that cannot be removed is in nobody's way: the next one has another name.
            let _left = fs::remove_dir_all(entry.path());
        }
    }
    Ok(())
}

/// Makes a cluster beside its place, and moves it there when it is whole.
pub(super) fn make(launch: &Launch, initdb: &Path, durable: bool) -> Result<(), Error> {
    let place = &launch.place;
    let name = format!("{UNFINISHED}{}", Uuid::new_v4().simple());
    let (data, fresh) = (place.outside.join("data"), place.outside.join(&name));
    directory::make(&fresh, 0o700, launch.account.as_ref())?;
    let inside: OsString = place.inside.join(&name).into();

    let initdb = launch.with_program(INITDB, initdb.to_path_buf());
    let mut words: Vec<OsString> = vec!["-D".into(), inside.clone()];
    words.push(format!("--username={OWNER}").into());
    words.extend(["--encoding=UTF8".into(), "--locale=C".into(), "--data-checksums".into()]);
    words.extend(["--auth-local=peer".into(), "--auth-host=reject".into(), "--no-sync".into()]);
    initdb.run(&words, "")?;

    // Nothing connects, so nothing has to be let in. Unless told so it would ignore an error.
    let single = launch.with_program("postgres --single", launch.program.clone());
    let mut words: Vec<OsString> = vec!["--single".into(), "-F".into(), "-D".into()];
    words.extend([inside, "-c".into(), "exit_on_error=on".into(), "postgres".into()]);
    single.run(&words, FIRST_STATEMENTS)?;

    let folder = |source| Error::directory("write new cluster to", &fresh, source);
    if durable {
        // The whole file system at once: a tenth of the time that a thousand single files take.
        let handle = fs::File::open(&fresh).map_err(folder)?;
        syncfs(&handle).map_err(|errno| folder(errno.into()))?;
    }
    fs::rename(&fresh, &data)
        .and_then(|()| fs::File::open(&place.outside)?.sync_all())
        .map_err(|source| Error::directory("move new cluster to", &data, source))
}

/// The major version that made the data; none where there is no data.
pub(super) fn made_by(data: &Path) -> Result<Option<u32>, Error> {
    let path = data.join("PG_VERSION");
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.trim().parse().ok()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::directory("read", &path, source)),
    }
}

/// Says who may log in: the user who runs Berth and the user who runs the server, as each of
/// Berth's roles, and nobody else.
pub(super) fn write_access_rules(place: &Place, account: Option<&Account>) -> Result<(), Error> {
    let own = account::own_name()?;
    let mut users = vec![own.as_str()];
    users.extend(account.map(|account| account.name.as_str()).filter(|name| *name != own));
    let mut map = String::new();
    for user in users {
        for role in [OWNER, SERVICE] {
            // Writing to a text cannot fail.
            let _written = writeln!(map, "berth \"{user}\" {role}");
        }
    }
    let folder = place.outside.join("settings");
    directory::make(&folder, 0o711, None)?;
    directory::write_private(&folder.join("pg_ident.conf"), &map, account)?;
    let rule = "local all all peer map=berth\n";
    directory::write_private(&folder.join("pg_hba.conf"), rule, account)
}

/// The command line of the server.
pub(super) fn arguments(
    place: &Place,
    sockets: &Path,
    changed: &[(String, String)],
) -> Vec<OsString> {
    let mut words: Vec<OsString> = vec!["-D".into(), place.inside.join("data").into()];
    let mut set = |name: &str, value: &dyn AsRef<std::ffi::OsStr>| {
        let mut word = OsString::from(format!("{name}="));
        word.push(value);
        words.extend(["-c".into(), word]);
    };
    for (name, value) in SETTINGS {
        set(name, &value);
    }
    set("hba_file", &place.inside.join("settings/pg_hba.conf"));
    set("ident_file", &place.inside.join("settings/pg_ident.conf"));
    // A list: quoted, since a path may hold a comma or a space.
    let mut quoted = OsString::from("\"");
    quoted.push(sockets);
    quoted.push("\"");
    set("unix_socket_directories", &quoted);
    for (name, value) in changed {
        set(name, value);
    }
    words
}

/// Reads `postmaster.pid`: its first line is the process, its eighth what the server can do.
pub(super) fn is_ready(status: &str, pid: u32) -> bool {
    let mut lines = status.lines();
    let first = lines.next().and_then(|line| line.trim().parse::<u32>().ok());
    first == Some(pid) && lines.nth(6).is_some_and(|line| line.trim() == "ready")
}

/// A path as part of a URL.
pub(super) fn percent_encoded(path: &Path) -> String {
    let mut text = String::new();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(*byte));
            }
            _ => {
                // Writing to a text cannot fail.
                let _written = write!(text, "%{byte:02X}");
            }
        }
    }
    text
}
