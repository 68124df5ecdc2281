//! `SetNodeAvailability`: whether the node is to take work. To be drained is a job (`drain.rs`).

use super::{
    Event, Node, Place,
    drain::{self, Start},
};
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

/// What a node is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// It takes new work.
    Active,
    /// It keeps what runs, and takes nothing new.
    Pause,
    /// What runs is to leave it.
    Drain(Start),
}

pub(super) fn decide(node: &Node, place: Place, target: &Target) -> Vec<Event> {
    let wanted = match target {
        Target::Active => Availability::Active,
        Target::Pause => Availability::Pause,
        Target::Drain(start) => return drain::wanted(node, place, start),
    };
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
        testing::{availability_changed, drain_started, given, place},
    };

    #[test]
    fn a_node_is_paused_and_then_active() {
        given::<Node>([availability_changed("pause", None)])
            .when(Command::SetAvailability(place(), Target::Active))
            .then([availability_changed("active", Some("pause"))]);
    }

    #[test]
    fn the_same_availability_again_changes_nothing() {
        given::<Node>([availability_changed("pause", None)])
            .when(Command::SetAvailability(place(), Target::Pause))
            .then([]);
    }

    #[test]
    fn another_availability_ends_a_drain() {
        let changed = availability_changed("active", Some("drain"));
        given::<Node>([drain_started("pause")])
            .when(Command::SetAvailability(place(), Target::Active))
            .then([changed.clone()]);
        let node = crate::testing::fold::<Node>([drain_started("pause"), changed]);
        assert_eq!(node.drain, None);
    }
}
