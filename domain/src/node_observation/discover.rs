//! A cluster lists a node: the first time it is discovered, later it is observed, on change only.

use super::{Event, Facts, NodeObservation, Seen};
use crate::{
    Version,
    ids::{ClusterId, ProviderId},
    node::Place,
};
use serde::{Deserialize, Serialize};

/// A cluster showed a node for the first time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Discovered {
    /// The cluster of the node.
    pub cluster_id: ClusterId,
    /// What the cluster shows of it.
    pub facts: Facts,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
}

/// Something about a node is different now; all facts are given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Observed {
    /// The cluster of the node.
    pub cluster_id: ClusterId,
    /// What the cluster shows of it.
    pub facts: Facts,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
}

impl Discovered {
    pub(super) fn seen(&self) -> Seen {
        Seen {
            place: Place { cluster: self.cluster_id, provider: self.provider_id },
            facts: self.facts.clone(),
            lost: false,
            applied: Version::NONE,
            rejected: None,
            drain: None,
        }
    }
}

pub(super) fn decide(node: &NodeObservation, place: Place, facts: Facts) -> Vec<Event> {
    let (cluster_id, provider_id) = (place.cluster, place.provider);
    match node {
        NodeObservation::Unseen => {
            vec![Event::Discovered(Discovered { cluster_id, facts, provider_id })]
        }
        NodeObservation::Seen(seen) if seen.facts == facts && !seen.lost => vec![],
        NodeObservation::Seen(_) => {
            vec![Event::Observed(Observed { cluster_id, facts, provider_id })]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        node_observation::Command,
        testing::{discovered, facts, given, lost, observed, place},
    };

    #[test]
    fn a_new_node_is_discovered() {
        given::<NodeObservation>([])
            .when(Command::Observe(place(), facts("active")))
            .then([discovered("active")]);
    }

    #[test]
    fn what_did_not_change_is_not_observed() {
        given::<NodeObservation>([discovered("active")])
            .when(Command::Observe(place(), facts("active")))
            .then([]);
    }

    #[test]
    fn what_changed_is_observed() {
        given::<NodeObservation>([discovered("active")])
            .when(Command::Observe(place(), facts("pause")))
            .then([observed("pause")]);
    }

    #[test]
    fn a_lost_node_that_is_back_is_observed() {
        given::<NodeObservation>([discovered("active"), lost()])
            .when(Command::Observe(place(), facts("active")))
            .then([observed("active")]);
    }
}
