//! The cluster no longer lists a node. An observation, never a reason to delete anything.

use super::{Event, Seen};
use crate::ids::{ClusterId, ProviderId};
use serde::{Deserialize, Serialize};

/// The cluster no longer lists the node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Lost {
    /// The cluster of the node.
    pub cluster_id: ClusterId,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
}

pub(super) fn decide(seen: &Seen) -> Vec<Event> {
    if seen.lost {
        return vec![];
    }
    let (cluster_id, provider_id) = (seen.place.cluster, seen.place.provider);
    vec![Event::Lost(Lost { cluster_id, provider_id })]
}

#[cfg(test)]
mod tests {
    use crate::{
        node_observation::{Command, Error, NodeObservation},
        testing::{discovered, given, lost},
    };

    #[test]
    fn a_node_is_lost_once() {
        given::<NodeObservation>([discovered("active")]).when(Command::Lose).then([lost()]);
        given::<NodeObservation>([discovered("active"), lost()]).when(Command::Lose).then([]);
    }

    #[test]
    fn a_node_that_was_never_seen_cannot_be_lost() {
        given::<NodeObservation>([]).when(Command::Lose).then_refused(Error::NotDiscovered);
    }
}
