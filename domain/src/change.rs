//! The before and after of one field, so that the history reads without looking anything up.

use serde::{Deserialize, Serialize};

/// What a field was, and what it became.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change<T> {
    /// The value before the event.
    pub before: T,
    /// The value after the event.
    pub after: T,
}

impl<T: PartialEq + Clone> Change<T> {
    /// A change, unless the wanted value is the present one or nothing is wanted.
    pub fn wanted(before: &T, after: Option<T>) -> Option<Self> {
        let after = after?;
        (*before != after).then(|| Self { before: before.clone(), after })
    }
}
