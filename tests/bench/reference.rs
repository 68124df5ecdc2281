//! The reference: `pgbench -n -M prepared -c N -j 2` inserting the same row into the same table,
//! with its indexes and triggers, one commit each.

use crate::appends::Round;
use api::embedded::postgres::{OWNER, Server};
use sqlx::{Connection, Executor, PgConnection, postgres::PgConnectOptions};
use std::{fs, path::Path, process::Command, time::Duration};

/// A table like `log.events`, and positions from a sequence: many writers cannot have dense ones.
const TABLE: &str = "CREATE SCHEMA reference; \
    CREATE TABLE reference.events (LIKE log.events INCLUDING ALL); \
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reference.events \
        FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change(); \
    CREATE SEQUENCE reference.position";

/// The row that `appends` makes, byte for byte but for ids.
const INSERT: &str = "INSERT INTO reference.events (position, recorded_at, id, stream, version, \
    type, schema_version, data, metadata, tags, leaf_hash, request, result, result_version, \
    result_position) SELECT p, clock_timestamp(), \
    gen_random_uuid(), 'node:01930000-0000-7000-8000-00000000' || lpad(:client_id::text, 4, '0'), \
    p, 'NodeLabeled', 1, \
    '{\"before\":\"before\",\"cluster_id\":\"00000000-0000-0000-0000-0000000000c1\",\
\"key\":\"zone\",\"provider_id\":\"00000000-0000-0000-0000-0000000000a1\",\"value\":\"a\"}', \
    '{\"actor\":\"01930000-0000-7000-8000-000000000001\",\
\"command_id\":\"01930000-0000-7000-8000-000000000001\",\
\"correlation_id\":\"01930000-0000-7000-8000-000000000001\"}', \
    '[\"cluster:00000000-0000-0000-0000-0000000000c1\",\
\"node:01930000-0000-7000-8000-000000000001\",\
\"provider:00000000-0000-0000-0000-0000000000a1\"]', \
    '\\x00000000000000000000000000000000000000000000000000000000000000aa', \
    '\\x0707070707070707070707070707070707070707070707070707070707070707', \
    '{\"id\":\"01930000-0000-7000-8000-000000000001\"}', p, p \
    FROM nextval('reference.position') p;\n";

/// Makes the reference's table.
pub(crate) async fn prepare(options: &PgConnectOptions) {
    let mut connection = PgConnection::connect_with(options).await.expect("connect");
    connection.execute(TABLE).await.expect("make the reference's table");
}

/// Runs `pgbench` and reads its log of transactions.
pub(crate) fn run(server: &Server, clients: usize, time: Duration, folder: &Path) -> Round {
    let script = folder.join("insert.sql");
    fs::write(&script, INSERT).expect("write the script");
    let prefix = folder.join("pgbench");
    let output = Command::new(pgbench())
        .args(["-n", "-M", "prepared", "-j", "2", "-l"])
        .args(["-c", &clients.to_string(), "-T", &time.as_secs().to_string()])
        .arg("-f")
        .arg(&script)
        .arg("--log-prefix")
        .arg(&prefix)
        .arg("-h")
        .arg(server.socket_folder())
        .args(["-U", OWNER, "berth"])
        .output()
        .expect("run pgbench");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut latencies: Vec<u64> = Vec::new();
    for entry in fs::read_dir(folder).expect("read the folder").flatten() {
        if entry.file_name().to_string_lossy().starts_with("pgbench.") {
            let log = fs::read_to_string(entry.path()).expect("read the log");
            // client_id transaction_no time script_no time_epoch time_us
            latencies
                .extend(log.lines().filter_map(|line| line.split(' ').nth(2)?.parse::<u64>().ok()));
            fs::remove_file(entry.path()).expect("remove the log");
        }
    }
    latencies.sort_unstable();
    let median = latencies.get(latencies.len() / 2).copied().expect("transactions");
    Round { throughput: throughput(&output.stdout), latency: Duration::from_micros(median) }
}

/// From `tps = 12345.678 (without initial connection time)`.
fn throughput(output: &[u8]) -> f64 {
    String::from_utf8_lossy(output)
        .lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok())
        .expect("pgbench prints its tps")
}

/// Debian keeps it beside the server, outside the path.
fn pgbench() -> std::path::PathBuf {
    let mut found: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin/pgbench"))
        .filter(|path| path.exists())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| "pgbench".into())
}
