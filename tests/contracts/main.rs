//! The committed contracts under the validators that their readers use.
//!
//! These are programs of others, in Python and JavaScript, and none of Berth's own:
//! `.ci/install contracts` puts them, in pinned versions, into a folder outside the repository. In
//! CI they must be there; elsewhere a test without them is skipped and says so.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot use")]

mod live;

use std::{
    env,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// Names the folder, where it is not the usual one.
const FOLDER: &str = "BERTH_TEST_CONTRACTS";

/// Where the validators are; none, and a word about it, where they may be missing.
fn folder() -> Option<PathBuf> {
    let home = || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cache");
    let cache = || env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from);
    let folder = env::var_os(FOLDER).map_or_else(|| cache().join("berth/contracts"), PathBuf::from);
    if folder.join("installed").exists() {
        return Some(folder);
    }
    let reason = "the validators of the contracts are missing; run `.ci/install contracts`";
    let in_ci = env::var("CI").is_ok_and(|value| value == "true");
    assert!(!in_ci, "{reason}");
    // Not by `eprintln!`, which the test harness keeps to itself when a test passes.
    let _ = writeln!(io::stderr(), "SKIPPED: {reason}");
    None
}

fn here(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts").join(file)
}

/// The program found nothing.
fn nothing_found(output: &Output) {
    let said = [&output.stdout[..], &output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}

fn validate(what: &str) {
    let Some(folder) = folder() else { return };
    let python = folder.join("python/bin/python");
    nothing_found(&Command::new(python).arg(here("validate.py")).arg(what).output().unwrap());
}

#[test]
fn the_openapi_document_is_valid() {
    validate("openapi");
}

#[test]
fn every_schema_of_an_event_is_valid() {
    validate("schemas");
}

#[test]
fn every_golden_event_is_valid_under_its_schema() {
    validate("golden");
}

#[test]
fn the_asyncapi_document_is_valid() {
    let Some(folder) = folder() else { return };
    let script = here("validate_asyncapi.mjs");
    nothing_found(&Command::new("node").arg(script).arg(folder).output().unwrap());
}
