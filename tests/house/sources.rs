//! The files of this house, as text.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What a build, an editor or a run leaves behind is not ours.
const FOREIGN: [&str; 4] = [".berth", ".git", "node_modules", "target"];

/// One file, by its path from the root of the workspace.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Where the workspace stands.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every file that is text, in the order of their paths.
pub(crate) fn all() -> Vec<Source> {
    let mut files = vec![];
    collect(&root(), &mut files);
    files.sort();
    files.iter().filter_map(|file| read(file)).collect()
}

/// Every Rust file.
pub(crate) fn rust() -> Vec<Source> {
    all().into_iter().filter(|source| source.path.ends_with(".rs")).collect()
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        if FOREIGN.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        // A link leads to a file that is read where it stands, or out of the house.
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            collect(&entry.path(), files);
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
}

fn read(file: &Path) -> Option<Source> {
    let text = String::from_utf8(fs::read(file).unwrap()).ok()?;
    let path = file.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    Some(Source { path, text })
}

/// Fails with all findings at once, one a line, in the form that an editor jumps to.
#[track_caller]
pub(crate) fn expect_none(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}\n{}\n", findings.join("\n"));
}
