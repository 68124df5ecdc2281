//! Refuses a key that nobody reads, and names the known one that was probably meant.
//!
//! `config.default.toml` lists every key, so it is the list; there is no second one to forget.

use std::path::Path;

use super::{DEFAULTS, Error, PREFIX, SEPARATOR};

/// Letters that may differ between a key and the one that was probably meant.
const DISTANCE_MAX: usize = 3;

/// Refuses a file that sets an unknown key or section.
pub(super) fn check_file(path: &Path, table: &toml::Table) -> Result<(), Error> {
    let known = known();
    for key in flatten(table) {
        if !known.contains(&key) {
            return Err(unknown(&key, format!("file {}", path.display()), &known));
        }
    }
    Ok(())
}

/// Refuses an environment that sets an unknown key.
pub(super) fn check_environment<'a>(
    variables: impl Iterator<Item = &'a String>,
) -> Result<(), Error> {
    let known = known();
    for variable in variables {
        let key = variable.trim_start_matches(PREFIX).to_lowercase().replace(SEPARATOR, ".");
        if !known.contains(&key) {
            return Err(unknown(&key, format!("environment variable {variable}"), &known));
        }
    }
    Ok(())
}

/// The end of the sentence that refuses a key.
pub(super) fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"))
}

fn unknown(key: &str, place: String, known: &[String]) -> Error {
    let nearest = known
        .iter()
        .map(|candidate| (distance(key, candidate), candidate))
        .filter(|(distance, _)| *distance <= DISTANCE_MAX)
        .min()
        .map(|(_, candidate)| candidate.clone());
    Error::UnknownKey { key: key.to_owned(), place, nearest }
}

fn known() -> Vec<String> {
    // The built-in text is parsed by a test too, so an empty list is never met in practice.
    DEFAULTS.parse::<toml::Table>().map(|table| flatten(&table)).unwrap_or_default()
}

fn flatten(table: &toml::Table) -> Vec<String> {
    let mut keys = Vec::new();
    for (name, value) in table {
        match value.as_table() {
            Some(section) => keys.extend(section.keys().map(|key| format!("{name}.{key}"))),
            None => keys.push(name.clone()),
        }
    }
    keys
}

/// Letters to insert, drop or change to get from one key to the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, other) in to.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}
