//! The PostgreSQL that all tests of one binary share.

use api::embedded::postgres::{OWNER, Server, Settings};
use sqlx::postgres::PgConnectOptions;
use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};
use tokio::sync::OnceCell;

/// Names a running server, for developers who run one test often; it must let its user make
/// databases and roles. Without it, each test binary starts a private one.
const URL: &str = "BERTH_TEST_POSTGRES_URL";
/// The folder of a private server, followed by the id of its process.
const FOLDER: &str = "berth-test-";

struct Shared {
    options: PgConnectOptions,
    /// Lives as long as the process; its children end with it.
    _server: Option<Server>,
}

static SHARED: OnceCell<Shared> = OnceCell::const_new();

/// How to reach the server, as a superuser.
pub async fn options() -> PgConnectOptions {
    SHARED.get_or_init(start).await.options.clone()
}

async fn start() -> Shared {
    if let Ok(url) = std::env::var(URL) {
        let options = PgConnectOptions::from_str(&url).expect("a PostgreSQL URL");
        return Shared { options, _server: None };
    }
    let server = tokio::task::spawn_blocking(private).await.expect("start PostgreSQL");
    let url = server.url_of(OWNER, "postgres");
    let options = PgConnectOptions::from_str(&url).expect("a PostgreSQL URL");
    Shared { options, _server: Some(server) }
}

/// Nothing here must survive a power cut, so it does without fsync; what tests durability starts a
/// server of its own.
fn private() -> Server {
    let folder = folder();
    remove_left_behind(&folder);
    let folder = folder.join(format!("{FOLDER}{}", std::process::id()));
    let settings = Settings::default().with("fsync", "off").with("max_connections", "500");
    Server::start(&folder, &settings).expect("start a private PostgreSQL")
}

/// Inside `tests/isolated` the processes outside are not seen, so their folders must not be either.
pub(super) fn folder() -> PathBuf {
    std::env::var_os("BERTH_TEST_LAB_DIRECTORY").map_or_else(std::env::temp_dir, PathBuf::from)
}

/// Removes the folders of test binaries that have ended.
fn remove_left_behind(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(id) = name.strip_prefix(FOLDER) else { continue };
        if !Path::new("/proc").join(id).exists() {
            // Another binary may remove it at the same moment.
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}
