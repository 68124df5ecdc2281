//! Where containers may run: what labels a node must have, and must not.
//!
//! The grammar is that of labels, which both engines accept. Two things they do differently are
//! settled here, so that a preview, a placement and the engine itself say the same of a node:
//! Swarm compares values without regard to case, Kubernetes with; and a node without the label
//! fulfils every `NOT_EQUAL` on both.

use crate::{
    label::{Key, Value},
    provider::Kind,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How the value of a label is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Operator {
    /// The node has the label with this value.
    Equal,
    /// The node has another value, or not this label.
    NotEqual,
}

/// What one label of a node must be, or must not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Constraint {
    /// Which label.
    pub label: Key,
    /// How it is compared.
    pub operator: Operator,
    /// What it is compared with.
    pub value: Value,
}

/// Why constraints cannot stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// More than a profile may have.
    #[error("must have at most {most} entries")]
    TooMany {
        /// The bound.
        most: usize,
    },
    /// Said twice.
    #[error("is in the list already")]
    Repeated,
    /// No node can fulfil it together with one before it.
    #[error("contradicts an entry before it: no node could match both")]
    Contradiction,
}

impl Constraint {
    /// The most constraints of one profile.
    pub const MOST: usize = 32;

    /// Whether a node with these labels fulfils it, as the engine of this kind sees it.
    #[must_use]
    pub fn holds(&self, kind: Kind, labels: &BTreeMap<String, String>) -> bool {
        let found = labels.get(self.label.as_str());
        let equal = found.is_some_and(|found| match kind {
            Kind::Swarm => found.eq_ignore_ascii_case(self.value.as_str()),
            Kind::Kubernetes => found == self.value.as_str(),
        });
        match self.operator {
            Operator::Equal => equal,
            Operator::NotEqual => !equal,
        }
    }

    fn contradicts(&self, other: &Self) -> bool {
        if self.label != other.label {
            return false;
        }
        match (self.operator, other.operator) {
            (Operator::Equal, Operator::Equal) => self.value != other.value,
            (Operator::NotEqual, Operator::NotEqual) => false,
            (Operator::Equal, Operator::NotEqual) | (Operator::NotEqual, Operator::Equal) => {
                self.value == other.value
            }
        }
    }
}

/// Whether constraints can stand together.
///
/// # Errors
/// The first entry that cannot, by its place, and why.
pub fn check(constraints: &[Constraint]) -> Result<(), (Option<usize>, Error)> {
    if constraints.len() > Constraint::MOST {
        return Err((None, Error::TooMany { most: Constraint::MOST }));
    }
    for (index, constraint) in constraints.iter().enumerate() {
        let before = &constraints[..index];
        if before.contains(constraint) {
            return Err((Some(index), Error::Repeated));
        }
        if before.iter().any(|other| other.contradicts(constraint)) {
            return Err((Some(index), Error::Contradiction));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::profile::{equal, not_equal};

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn equal_wants_the_label_and_not_equal_anything_else() {
        for kind in [Kind::Swarm, Kind::Kubernetes] {
            let holds = |constraint: Constraint, pairs| constraint.holds(kind, &labels(pairs));
            assert!(holds(equal("Type", "GPU"), &[("Type", "GPU")]));
            assert!(!holds(equal("Type", "GPU"), &[("Type", "CPU")]));
            assert!(!holds(equal("Type", "GPU"), &[]));
            assert!(!holds(not_equal("Type", "GPU"), &[("Type", "GPU")]));
            assert!(holds(not_equal("Type", "GPU"), &[("Type", "CPU")]));
            assert!(holds(not_equal("Type", "GPU"), &[]), "a node without the label");
            assert!(!holds(equal("Type", "GPU"), &[("type", "GPU")]), "another label");
        }
    }

    #[test]
    fn values_are_compared_as_the_engine_compares_them() {
        let other_case = labels(&[("Type", "gpu")]);
        assert!(equal("Type", "GPU").holds(Kind::Swarm, &other_case));
        assert!(!not_equal("Type", "GPU").holds(Kind::Swarm, &other_case));
        assert!(!equal("Type", "GPU").holds(Kind::Kubernetes, &other_case));
        assert!(not_equal("Type", "GPU").holds(Kind::Kubernetes, &other_case));
    }

    #[test]
    fn what_no_node_could_match_is_refused() {
        let second = |constraints: &[Constraint]| check(constraints).unwrap_err();
        let gpu = || equal("Type", "GPU");
        assert_eq!(second(&[gpu(), gpu()]), (Some(1), Error::Repeated));
        assert_eq!(second(&[gpu(), equal("Type", "CPU")]), (Some(1), Error::Contradiction));
        assert_eq!(second(&[gpu(), not_equal("Type", "GPU")]), (Some(1), Error::Contradiction));
        assert_eq!(second(&[not_equal("Type", "GPU"), gpu()]), (Some(1), Error::Contradiction));
        let apart = [gpu(), not_equal("Type", "CPU"), not_equal("Type", "TPU"), equal("zone", "a")];
        assert_eq!(check(&apart), Ok(()));
    }

    #[test]
    fn there_is_a_most() {
        let many: Vec<_> = (0..=Constraint::MOST).map(|n| equal("k0", &format!("v{n}"))).collect();
        assert_eq!(check(&many), Err((None, Error::TooMany { most: Constraint::MOST })));
        let most: Vec<_> =
            (0..Constraint::MOST).map(|n| not_equal("k0", &format!("v{n}"))).collect();
        assert_eq!(check(&most), Ok(()));
    }
}
