//! What was once committed here never changes: golden events and migrations.
//!
//! A log holds events of the shape of its day, and a database ran the migration as it was. So a
//! mended file would be a lie about the past; a new one is always possible.

use crate::sources::{expect_none, root};
use std::process::Command;

const GOLDEN: &str = "tests/golden/events/*.json";
const MIGRATIONS: &str = "migrations/*.sql";

/// No database was older than this when the first migrations were still being written.
const FIRST_DATABASE: &str = "2026-11-22T15:30:00Z";

/// The answer of git; none where there is no repository, as in an unpacked archive.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        // The owner of a checkout may be another than the one who runs its tests.
        .args(["-c", "safe.directory=*", "-c", "core.quotePath=false"])
        .args(arguments)
        .current_dir(root())
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

/// Everything that happened to these files since then but their birth: one finding a line.
fn changes(files: &str, since: &str) -> Vec<String> {
    // Without history there is nothing to be compared with: any file is as it was born.
    if git(&["rev-parse", "HEAD"]).is_none() {
        eprintln!("no git history here: whether {files} ever changed is not checked");
        return vec![];
    }
    let changed = ["--no-renames", "--diff-filter=a", "--name-status", "--", files];
    let since = format!("--since={since}");
    let committed = git(&[&["log", "--format=%h %s", &since], &changed[..]].concat()).unwrap();
    let uncommitted = git(&[&["diff", "HEAD"], &changed[..]].concat()).unwrap();
    let lines = [committed, uncommitted].concat();
    lines.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn a_golden_event_never_changes() {
    let always = "1970-01-01T00:00:00Z";
    expect_none("An event that was written must load for ever:", &changes(GOLDEN, always));
}

#[test]
fn a_migration_never_changes() {
    let changes = changes(MIGRATIONS, FIRST_DATABASE);
    expect_none("A migration ran as it was; write a new one:", &changes);
}
