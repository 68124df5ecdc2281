//! What was once committed here never changes: golden events and migrations.
//!
//! A log holds events of the shape of its day, and a database ran the migration as it was. So a
//! mended file would be a lie about the past; a new one is always possible.

use crate::sources::{expect_none, root};
use std::process::Command;

const GOLDEN: &str = "tests/golden/events/*.json";
const MIGRATIONS: &str = "migrations/*.sql";

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

/// Everything that ever happened to these files but their birth: one finding a line.
fn changes(files: &str) -> Vec<String> {
    // Without history there is nothing to be compared with: any file is as it was born.
    if git(&["rev-parse", "HEAD"]).is_none() {
        println!("no git history here: whether {files} ever changed is not checked");
        return vec![];
    }
    let every = ["--no-renames", "--diff-filter=a", "--name-status"];
    let committed = [&["log", "--format=%h %s"][..], &every, &["--", files]].concat();
    let uncommitted = [&["diff", "HEAD"][..], &every, &["--", files]].concat();
    [committed, uncommitted]
        .iter()
        .flat_map(|arguments| {
            git(arguments).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .filter(|line| !line.is_empty())
        .collect()
}

#[test]
fn a_golden_event_never_changes() {
    expect_none("An event that was written must load for ever:", &changes(GOLDEN));
}

#[test]
fn a_migration_never_changes() {
    expect_none("A migration ran as it was; write a new one:", &changes(MIGRATIONS));
}
