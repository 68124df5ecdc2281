//! Everything says what it is for.

use crate::sources::{all, expect_none, rust};

#[test]
fn every_file_opens_with_its_argument() {
    let findings: Vec<String> = rust()
        .into_iter()
        .filter(|source| {
            let first = source.text.lines().find(|line| !line.starts_with("#!/")).unwrap_or("");
            !first.starts_with("//!") && first != README_AS_DOC
        })
        .map(|source| format!("{}:1", source.path))
        .collect();
    expect_none("A file opens with `//!` and why it is there:", &findings);
}

const README_AS_DOC: &str = r#"#![doc = include_str!("../README.md")]"#;

#[test]
fn the_readme_of_a_crate_is_its_doc() {
    let sources = all();
    let there = |path: &str| sources.iter().find(|source| source.path == path);
    for manifest in sources.iter().filter(|source| source.path.ends_with("/Cargo.toml")) {
        let name = manifest.path.trim_end_matches("/Cargo.toml");
        let readme = there(&format!("{name}/README.md"));
        assert!(readme.is_some_and(|it| it.text.lines().count() > 5), "{name} needs a README");
        let library = there(&format!("{name}/src/lib.rs")).unwrap();
        assert!(library.text.starts_with(README_AS_DOC), "{} must open with it", library.path);
    }
}

/// Every path that a README names in backticks is there, as long as it is written in full.
#[test]
fn a_readme_names_files_that_exist() {
    let mut findings = vec![];
    for source in all().iter().filter(|source| source.path.ends_with("README.md")) {
        let folder = source.path.trim_end_matches("README.md");
        for (number, line) in (1..).zip(source.text.lines()) {
            for path in line.split('`').skip(1).step_by(2).filter(|word| is_path(word)) {
                let root = crate::sources::root();
                if !root.join(folder).join(path).exists() && !root.join(path).exists() {
                    findings.push(format!("{}:{number}: {path}", source.path));
                }
            }
        }
    }
    expect_none("A README names files that exist:", &findings);
}

fn is_path(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./-".contains(c);
    let ends = [".rs", ".md", ".sql", ".toml", ".json", "/"];
    word.contains('/')
        && !word.starts_with('/')
        && !word.starts_with("./")
        && word.chars().all(plain)
        && ends.iter().any(|end| word.ends_with(end))
}
