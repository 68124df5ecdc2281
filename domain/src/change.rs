//! The before and after of one field, so that the history reads without looking anything up.

use serde::{Deserialize, Serialize};

/// What a field was, and what it became.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Change<T> {
    /// The value after the event. First, since fields stand in the order of the canonical JSON.
    pub after: T,
    /// The value before the event.
    pub before: T,
}

impl<T: PartialEq + Clone> Change<T> {
    /// A change, unless the wanted value is the present one or nothing is wanted.
    pub fn wanted(before: &T, after: Option<T>) -> Option<Self> {
        let after = after?;
        (*before != after).then(|| Self { before: before.clone(), after })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_value_is_a_change() {
        assert_eq!(Change::wanted(&1, Some(2)), Some(Change { before: 1, after: 2 }));
    }

    #[test]
    fn the_present_value_is_no_change() {
        assert_eq!(Change::wanted(&1, Some(1)), None);
    }

    #[test]
    fn nothing_wanted_is_no_change() {
        assert_eq!(Change::wanted(&1, None), None);
    }

    #[test]
    fn taking_a_value_away_is_a_change() {
        let taken = Change::wanted(&Some(1), Some(None));
        assert_eq!(taken, Some(Change { before: Some(1), after: None }));
    }

    #[test]
    fn nothing_stays_nothing_through_json() {
        let taken = Change { before: Some(1), after: None };
        let text = serde_json::to_string(&taken).unwrap();
        assert_eq!(text, r#"{"after":null,"before":1}"#);
        assert_eq!(serde_json::from_str::<Change<Option<i32>>>(&text).unwrap(), taken);
    }
}
