//! Who may know whom. The arrows of the house point inwards, and sockets stay in `adapters`.

use crate::sources::{expect_none, root};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

/// Each crate and the crates of this house that it may use.
const HOUSE: [(&str, &[&str]); 6] = [
    ("domain", &[]),
    ("commands", &["domain"]),
    ("projections", &["domain"]),
    ("adapters", &["commands", "domain", "projections"]),
    ("api", &["adapters", "commands", "domain", "projections"]),
    ("tests", &["adapters", "api", "commands", "domain", "projections"]),
];

/// All that `domain` may use: no I/O, no clock, no randomness.
const DOMAIN_MAY_USE: [&str; 6] =
    ["schemars", "serde", "thiserror", "time", "unicode-normalization", "uuid"];

/// Crates that open sockets, and the only crates that may use them. A read model is its SQL.
const SOCKETS: [(&str, &[&str]); 10] = [
    ("actix-web", &["api"]),
    ("async-nats", &["adapters", "tests"]),
    ("bollard", &["adapters", "tests"]),
    ("hyper", &["adapters"]),
    ("hyper-rustls", &["adapters"]),
    ("hyper-util", &["adapters", "tests"]),
    ("kube", &["adapters", "tests"]),
    ("reqwest", &["tests"]),
    ("tokio-rustls", &["adapters"]),
    ("sqlx", &["adapters", "api", "projections", "tests"]),
];

/// The normal dependencies of each crate of the workspace: what ends up in the program.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(|package| (text(&package["name"]), normal(package))).collect()
}

fn normal(package: &Value) -> BTreeSet<String> {
    let all = package["dependencies"].as_array().unwrap();
    all.iter().filter(|one| one["kind"].is_null()).map(|one| text(&one["name"])).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn crates_know_only_what_lies_further_in() {
    let dependencies = dependencies();
    let known: BTreeSet<&str> = HOUSE.iter().map(|(name, _)| *name).collect();
    let there: BTreeSet<&str> = dependencies.keys().map(String::as_str).collect();
    assert_eq!(there, known, "a new crate needs its place in the order of the house");
    let mut findings = vec![];
    for (name, may_use) in HOUSE {
        let inner = dependencies[name].iter().filter(|used| known.contains(used.as_str()));
        for used in inner.filter(|used| !may_use.contains(&used.as_str())) {
            findings.push(format!("{name}/Cargo.toml: `{name}` must not know `{used}`"));
        }
    }
    expect_none("The arrows of the house point inwards:", &findings);
}

#[test]
fn domain_depends_on_nothing_that_acts() {
    let used = &dependencies()["domain"];
    let findings: Vec<String> = used
        .iter()
        .filter(|used| !DOMAIN_MAY_USE.contains(&used.as_str()))
        .map(|used| format!("domain/Cargo.toml: `{used}` is not on the list"))
        .collect();
    expect_none("`domain` has no I/O, clock or randomness:", &findings);
}

#[test]
fn sockets_stay_where_they_belong() {
    let mut findings = vec![];
    for (name, used) in dependencies() {
        for (socket, may_use) in SOCKETS {
            if used.contains(socket) && !may_use.contains(&name.as_str()) {
                findings.push(format!("{name}/Cargo.toml: `{socket}` is not for `{name}`"));
            }
        }
    }
    expect_none("Everything with a socket is in `adapters`, HTTP in `api`:", &findings);
}
