//! The versions that the decisions of a batch were made from, each once: many are made from the
//! same version of the same provider.

use super::encode::Encoded;
use std::collections::{BTreeSet, HashSet};

pub(super) struct Expected<'a> {
    /// Those that have to stand in the log.
    pub(super) standing: Vec<(&'a str, i64)>,
    /// Of streams that are only read. Who writes a stream that moved on meets its next version in
    /// the unique index.
    pub(super) read: Vec<(&'a str, i64)>,
}

impl<'a> Expected<'a> {
    pub(super) fn of(requests: &[&'a Encoded]) -> Self {
        let written: HashSet<&str> = requests
            .iter()
            .flat_map(|request| request.events.iter().map(|event| event.stream.as_str()))
            .collect();
        let once: BTreeSet<(&str, i64)> =
            requests.iter().flat_map(|request| request.expected.iter().map(by_ref)).collect();
        Self {
            standing: once.iter().copied().filter(|(_, version)| *version > 0).collect(),
            read: once.into_iter().filter(|(stream, _)| !written.contains(stream)).collect(),
        }
    }
}

fn by_ref((stream, version): &(String, i64)) -> (&str, i64) {
    (stream, *version)
}
