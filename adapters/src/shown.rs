//! Texts that a cluster shows, cut, so that a node cannot fill the log: what is cut is longer than
//! anything Berth would write, so it never equals what is wanted.

use std::collections::BTreeMap;

/// The longest text shown, in characters.
const CHARACTERS_MAX: usize = 256;
/// The most labels shown of each sort.
const LABELS_MAX: usize = 512;
/// The longest words of an engine that are kept, in characters.
const WORDS_CHARACTERS_MAX: usize = 1000;

/// A text, not too long.
#[must_use]
pub fn cut(text: &str) -> String {
    text.chars().take(CHARACTERS_MAX).collect()
}

/// Labels, not too many, and the same ones each time.
#[must_use]
pub fn labels(all: impl IntoIterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let sorted: BTreeMap<_, _> = all.into_iter().collect();
    sorted.into_iter().take(LABELS_MAX).map(|(key, value)| (cut(&key), cut(&value))).collect()
}

/// What an engine said, or else its status.
#[must_use]
pub fn words(message: &str, status: u16) -> String {
    let words: String = message.trim().chars().take(WORDS_CHARACTERS_MAX).collect();
    if words.is_empty() { format!("HTTP status {status}") } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_cannot_fill_the_log() {
        let many = (0..2000).map(|number| (format!("k{number}"), "v".repeat(5000)));
        let labels = labels(many);
        assert_eq!(labels.len(), LABELS_MAX);
        assert!(labels.values().all(|value| value.len() == CHARACTERS_MAX));
        assert_eq!(words(&"x".repeat(5000), 500).len(), WORDS_CHARACTERS_MAX);
    }
}
