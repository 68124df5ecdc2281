//! `SetNodeAvailability`: whether the node is to take work.

use super::{Event, Node, Place};
use crate::{
    availability::Availability,
    ids::{ClusterId, ProviderId},
};
use serde::{Deserialize, Serialize};

/// The node is to take work, or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AvailabilityChanged {
    /// What is wanted.
    pub availability: Availability,
    /// What was wanted before, where anything was.
    pub before: Option<Availability>,
    /// The cluster of the node.
    pub cluster_id: ClusterId,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
}

pub(super) fn decide(node: &Node, place: Place, wanted: Availability) -> Vec<Event> {
    let before = node.availability.map(|(before, _)| before);
    if before == Some(wanted) {
        return vec![];
    }
    vec![Event::AvailabilityChanged(AvailabilityChanged {
        availability: wanted,
        before,
        cluster_id: place.cluster,
        provider_id: place.provider,
    })]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        node::Command,
        testing::{availability_changed, given, place},
    };

    #[test]
    fn a_node_is_paused_and_then_drained() {
        given::<Node>([availability_changed("pause", None)])
            .when(Command::SetAvailability(place(), Availability::Drain))
            .then([availability_changed("drain", Some("pause"))]);
    }

    #[test]
    fn the_same_availability_again_changes_nothing() {
        given::<Node>([availability_changed("pause", None)])
            .when(Command::SetAvailability(place(), Availability::Pause))
            .then([]);
    }
}
