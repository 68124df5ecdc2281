//! `CancelDrain`: the node goes back to the availability it had before, whether its drain is under
//! way or has ended.

use super::{Error, Event, Node, Place};
use crate::{
    availability::Availability,
    ids::{ClusterId, ProviderId},
};
use serde::{Deserialize, Serialize};

/// The node goes back to what it was before it was drained. What has left does not come back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DrainCancelled {
    /// The availability that it goes back to.
    pub availability: Availability,
    /// The cluster of the node.
    pub cluster_id: ClusterId,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
}

pub(super) fn decide(node: &Node, place: Place) -> Result<Vec<Event>, Error> {
    let drain = node.drain.as_ref().ok_or(Error::NotDraining)?;
    Ok(vec![Event::DrainCancelled(DrainCancelled {
        availability: drain.before,
        cluster_id: place.cluster,
        provider_id: place.provider,
    })])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        node::Command,
        testing::{availability_changed, drain_cancelled, drain_started, given, place},
    };

    #[test]
    fn a_cancelled_drain_goes_back_to_what_was_before() {
        given::<Node>([drain_started("pause")])
            .when(Command::CancelDrain(place()))
            .then([drain_cancelled("pause")]);
    }

    #[test]
    fn only_a_drain_can_be_cancelled_and_only_once() {
        for history in [
            vec![],
            vec![drain_started("pause"), drain_cancelled("pause")],
            vec![drain_started("pause"), availability_changed("active", Some("drain"))],
        ] {
            given::<Node>(history)
                .when(Command::CancelDrain(place()))
                .then_refused(Error::NotDraining);
        }
    }
}
