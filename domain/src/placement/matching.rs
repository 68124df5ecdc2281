//! Whether a node can take the containers of a profile, and if not, everything that keeps it.

use crate::{
    availability::Availability,
    constraint::Constraint,
    node_observation::{Seen, facts::State},
    provider::Kind,
};
use std::collections::BTreeMap;

/// A node, as far as it matters to a placement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node<'a> {
    /// The labels that its cluster shows.
    pub labels: &'a BTreeMap<String, String>,
    /// Whether it works.
    pub state: State,
    /// Whether it takes work.
    pub availability: Availability,
    /// Whether its cluster no longer lists it.
    pub lost: bool,
}

impl<'a> From<&'a Seen> for Node<'a> {
    fn from(seen: &'a Seen) -> Self {
        Self {
            labels: &seen.facts.labels,
            state: seen.facts.state,
            availability: seen.facts.availability,
            lost: seen.lost,
        }
    }
}

/// One thing that keeps a node from taking the containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Miss {
    /// A label is not as it must be.
    Constraint {
        /// What it must be.
        constraint: Constraint,
        /// What it is; none where the node has no such label.
        found: Option<String>,
    },
    /// It takes no new work.
    Availability(Availability),
    /// It does not work.
    State(State),
    /// Its cluster no longer lists it.
    Lost,
}

/// Everything that keeps the node from taking the containers; nothing where it matches.
#[must_use]
pub fn misses(kind: Kind, constraints: &[Constraint], node: Node<'_>) -> Vec<Miss> {
    let broken = constraints.iter().filter(|constraint| !constraint.holds(kind, node.labels));
    let mut misses: Vec<Miss> = broken
        .map(|constraint| Miss::Constraint {
            constraint: constraint.clone(),
            found: node.labels.get(constraint.label.as_str()).cloned(),
        })
        .collect();
    if node.availability != Availability::Active {
        misses.push(Miss::Availability(node.availability));
    }
    if node.state != State::Ready {
        misses.push(Miss::State(node.state));
    }
    if node.lost {
        misses.push(Miss::Lost);
    }
    misses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::profile::{equal, not_equal};

    fn labels() -> BTreeMap<String, String> {
        [("Type", "NOGPU"), ("zone", "a")].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
    }

    fn node(labels: &BTreeMap<String, String>) -> Node<'_> {
        Node { labels, state: State::Ready, availability: Availability::Active, lost: false }
    }

    #[test]
    fn a_node_that_works_and_has_the_labels_matches() {
        let labels = labels();
        let constraints = [equal("Type", "NOGPU"), not_equal("zone", "b"), not_equal("disk", "x")];
        assert_eq!(misses(Kind::Swarm, &constraints, node(&labels)), []);
        assert_eq!(misses(Kind::Swarm, &[], node(&BTreeMap::new())), []);
    }

    #[test]
    fn every_broken_constraint_is_named_with_what_was_found() {
        let labels = labels();
        let constraints = [equal("Type", "GPU"), not_equal("zone", "a"), equal("disk", "ssd")];
        let found = |constraint: Constraint, found: Option<&str>| Miss::Constraint {
            constraint,
            found: found.map(str::to_owned),
        };
        assert_eq!(
            misses(Kind::Swarm, &constraints, node(&labels)),
            [
                found(equal("Type", "GPU"), Some("NOGPU")),
                found(not_equal("zone", "a"), Some("a")),
                found(equal("disk", "ssd"), None),
            ]
        );
    }

    #[test]
    fn a_node_that_takes_no_work_does_not_match() {
        let labels = labels();
        for availability in [Availability::Pause, Availability::Drain] {
            let node = Node { availability, ..node(&labels) };
            assert_eq!(misses(Kind::Swarm, &[], node), [Miss::Availability(availability)]);
        }
        for state in [State::NotReady, State::Down, State::Unreachable, State::Unknown] {
            let node = Node { state, ..node(&labels) };
            assert_eq!(misses(Kind::Swarm, &[], node), [Miss::State(state)]);
        }
        let lost = Node { lost: true, ..node(&labels) };
        assert_eq!(misses(Kind::Swarm, &[], lost), [Miss::Lost]);
    }
}
