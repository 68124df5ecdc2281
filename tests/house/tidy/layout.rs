//! Sizes and places of files, functions and lines.

use crate::{
    rust::{code_only, functions},
    sources::{Source, all, expect_none, rust},
};

const FILE_LINES_MAX: usize = 400;
/// Beyond this there is no exception.
const FILE_LINES_LIMIT: usize = 600;
/// Files that are longer than they should be, each with its reason.
const LONG_FILES: [(&str, &str); 0] = [];
const FUNCTION_LINES_MAX: usize = 70;
const LINE_COLUMNS_MAX: usize = 100;

#[test]
fn a_file_fits_in_one_head() {
    let findings: Vec<String> = code()
        .into_iter()
        .map(|source| (source.text.lines().count(), source.path))
        .filter(|(lines, path)| {
            let excepted = LONG_FILES.iter().any(|(long, _)| long == path);
            *lines > if excepted { FILE_LINES_LIMIT } else { FILE_LINES_MAX }
        })
        .map(|(lines, path)| format!("{path}:1: {lines} lines"))
        .collect();
    expect_none(&format!("Split by verb what has more than {FILE_LINES_MAX} lines:"), &findings);
}

#[test]
fn a_function_fits_on_a_screen() {
    let mut findings = vec![];
    for source in rust() {
        let long = functions(&code_only(&source.text));
        for function in long.into_iter().filter(|one| one.lines > FUNCTION_LINES_MAX) {
            let (path, line) = (&source.path, function.line);
            findings.push(format!("{path}:{line}: `{}`, {} lines", function.name, function.lines));
        }
    }
    expect_none(&format!("A function has at most {FUNCTION_LINES_MAX} lines:"), &findings);
}

#[test]
fn a_line_is_read_without_scrolling() {
    let mut findings = vec![];
    for source in code() {
        for (number, line) in (1..).zip(source.text.lines()) {
            let columns = line.chars().count();
            if columns > LINE_COLUMNS_MAX && !is_row_of_a_table(line) {
                findings.push(format!("{}:{number}: {columns} columns", source.path));
            }
        }
    }
    expect_none(&format!("A line has at most {LINE_COLUMNS_MAX} columns:"), &findings);
}

/// Markdown has no way to break it.
fn is_row_of_a_table(line: &str) -> bool {
    line.trim_start().starts_with("//! |") || line.trim_start().starts_with("/// |")
}

#[test]
fn a_file_is_named_for_what_is_in_it() {
    let findings: Vec<String> = rust()
        .into_iter()
        .filter(|source| {
            let name = source.path.rsplit('/').next().unwrap();
            ["mod.rs", "util.rs", "utils.rs", "helpers.rs", "common.rs"].contains(&name)
        })
        .map(|source| source.path)
        .collect();
    expect_none("Use `noun.rs` beside `noun/`, and a name that says what is in it:", &findings);
}

#[test]
fn a_migration_is_named_by_time_verb_and_noun() {
    let findings: Vec<String> = all()
        .into_iter()
        .filter(|source| source.path.starts_with("migrations/") && source.path.ends_with(".sql"))
        .map(|source| source.path)
        .filter(|path| !is_migration_name(path.trim_start_matches("migrations/")))
        .collect();
    expect_none("A migration is named YYYYMMDDHHMMSS_verb_noun.sql:", &findings);
}

fn is_migration_name(name: &str) -> bool {
    let Some((time, words)) = name.trim_end_matches(".sql").split_once('_') else { return false };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    time.len() == 14
        && time.bytes().all(|b| b.is_ascii_digit())
        && words.split('_').count() >= 2
        && words.split('_').all(is_word)
}

/// What is written for a machine to run: Rust, SQL and shell.
fn code() -> Vec<Source> {
    let is_code = |source: &Source| {
        let known = [".rs", ".sql", ".sh"].iter().any(|end| source.path.ends_with(end));
        known || source.text.starts_with("#!/bin/")
    };
    all().into_iter().filter(is_code).collect()
}

#[test]
fn the_name_of_a_migration_is_judged() {
    assert!(is_migration_name("20261122000001_create_log.sql"));
    assert!(!is_migration_name("2026112200001_create_log.sql"));
    assert!(!is_migration_name("20261122000001_log.sql"));
    assert!(!is_migration_name("20261122000001_Create_log.sql"));
}
