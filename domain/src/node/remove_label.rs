//! `RemoveNodeLabel`: a label set through Berth is to be gone.

use super::{Error, Event, Node, Place};
use crate::{
    ids::{ClusterId, ProviderId},
    label::{Key, Value},
};
use serde::{Deserialize, Serialize};

/// A label is to be gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LabelRemoved {
    /// The value wanted before.
    pub before: Value,
    /// The cluster of the node.
    pub cluster_id: ClusterId,
    /// The key.
    pub key: Key,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
}

pub(super) fn decide(node: &Node, place: Place, key: Key) -> Result<Vec<Event>, Error> {
    if !node.labels.contains_key(&key) {
        return Err(Error::LabelNotOwned(key));
    }
    // Removed already: a client may retry.
    let Some(before) = node.set_label(&key).cloned() else { return Ok(vec![]) };
    Ok(vec![Event::LabelRemoved(LabelRemoved {
        before,
        cluster_id: place.cluster,
        key,
        provider_id: place.provider,
    })])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        node::Command,
        testing::{given, key, label_removed, labeled, place},
    };

    #[test]
    fn a_label_set_through_berth_is_removed() {
        given::<Node>([labeled("zone", "a", None)])
            .when(Command::RemoveLabel(place(), key("zone")))
            .then([label_removed("zone", "a")]);
    }

    #[test]
    fn a_label_removed_twice_is_removed_once() {
        given::<Node>([labeled("zone", "a", None), label_removed("zone", "a")])
            .when(Command::RemoveLabel(place(), key("zone")))
            .then([]);
    }

    #[test]
    fn a_foreign_label_is_not_removed() {
        given::<Node>([labeled("zone", "a", None)])
            .when(Command::RemoveLabel(place(), key("rack")))
            .then_refused(Error::LabelNotOwned(key("rack")));
    }
}
