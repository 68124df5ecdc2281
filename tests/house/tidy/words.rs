//! Words that do not stand in the code of this house.

use crate::{
    rust::code_only,
    sources::{Source, all, expect_none, rust},
};

/// What must not stand in code, and what to do instead.
const BANNED: [(&str, &str); 6] = [
    ("#[allow(", "use `#[expect(…, reason = …)]`, which ends when the reason ends"),
    ("#![allow(", "use `#![expect(…, reason = …)]`, which ends when the reason ends"),
    ("#[ignore", "a test that does not run proves nothing: mend or remove it"),
    ("todo!(", "write it, or leave the type without it"),
    ("unimplemented!(", "write it, or leave the type without it"),
    ("dbg!(", "use a span with the id of its subject"),
];

/// What the argument of a sleep in a test must name.
const PAUSES: [&str; 4] = ["INTERVAL", "PAUSE", "POLL", "random"];

#[test]
fn banned_words_do_not_stand_in_code() {
    let mut findings = vec![];
    for source in rust() {
        for (number, line) in (1..).zip(code_only(&source.text).lines()) {
            for (_, instead) in BANNED.iter().filter(|(word, _)| line.contains(word)) {
                findings.push(format!("{}:{number}: {instead}", source.path));
            }
        }
    }
    expect_none("These words do not stand in the code of this house:", &findings);
}

/// A sleep that something should have happened after is a guess about another machine's speed. A
/// test pauses only between two looks, by a constant that says so, or until a random moment at
/// which it strikes.
#[test]
fn a_test_does_not_sleep_until_something_happened() {
    let mut findings = vec![];
    for source in rust() {
        let code = code_only(&source.text);
        let Some(start) = tests_start(&source.path, &code) else { continue };
        for (number, line) in (1..).zip(code.lines()).skip(start - 1) {
            if calls_sleep(line) && !PAUSES.iter().any(|pause| line.contains(pause)) {
                findings.push(format!("{}:{number}", source.path));
            }
        }
    }
    expect_none("Look again until a deadline, with a named pause between two looks:", &findings);
}

/// The line with which tests begin.
fn tests_start(path: &str, code: &str) -> Option<usize> {
    if path.starts_with("tests/") || path.contains("/tests/") {
        return Some(1);
    }
    (1..).zip(code.lines()).find(|(_, line)| line.contains("#[cfg(test)]")).map(|(at, _)| at)
}

fn calls_sleep(line: &str) -> bool {
    let in_word = |before: &str| before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    line.match_indices("sleep(").any(|(at, _)| !in_word(&line[..at]))
}

/// Nothing here knows the machine it was written on, nor where that machine gets its packages.
#[test]
fn nothing_here_depends_on_one_machine() {
    // Written in two parts, so that this file does not find itself.
    let homes = [concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/ho", "me/")];
    let mut findings = vec![];
    for source in all() {
        for (number, line) in (1..).zip(source.text.lines()) {
            if homes.iter().any(|home| line.contains(home)) {
                findings.push(format!("{}:{number}: a path of one machine", source.path));
            }
            if line.starts_with("source = ") && !line.contains(PUBLIC_REGISTRY) {
                findings.push(format!("{}:{number}: a registry of one machine", source.path));
            }
        }
    }
    findings.extend(
        all().iter().filter(|source| configures_a_registry(source)).map(|source| {
            format!("{}:1: leave registries to the machine that builds", source.path)
        }),
    );
    expect_none("Nothing here depends on one machine:", &findings);
}

const PUBLIC_REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn configures_a_registry(source: &Source) -> bool {
    let name = source.path.rsplit('/').next().unwrap();
    let is_cargo = source.path.contains(".cargo/") && source.text.contains("[source");
    is_cargo || [".npmrc", ".pypirc", "pip.conf"].contains(&name)
}

/// The compiler asks in both crates what a new event means, as long as this lint is on.
#[test]
fn a_match_over_events_names_each() {
    let lint = "#![warn(clippy::wildcard_enum_match_arm)]";
    for path in ["domain/src/lib.rs", "projections/src/lib.rs"] {
        let all = all();
        let source = all.iter().find(|source| source.path == path).unwrap();
        assert!(source.text.contains(lint), "{path} must say {lint}");
    }
}
