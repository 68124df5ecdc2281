//! `LabelNode`: the node is to carry this label, with this value.

use super::{Error, Event, Node, Place};
use crate::{
    ids::{ClusterId, ProviderId},
    label::{Key, Value},
};
use serde::{Deserialize, Serialize};

/// A label is to be on the node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Labeled {
    /// The value wanted before, where there was one.
    pub before: Option<Value>,
    /// The cluster of the node.
    pub cluster_id: ClusterId,
    /// The key.
    pub key: Key,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
    /// The value.
    pub value: Value,
}

pub(super) fn decide(
    node: &Node,
    place: Place,
    key: Key,
    value: Value,
) -> Result<Vec<Event>, Error> {
    let before = node.set_label(&key);
    if before == Some(&value) {
        return Ok(vec![]);
    }
    if before.is_none() && node.set_labels().count() >= Node::LABELS_MAX {
        return Err(Error::TooManyLabels { most: Node::LABELS_MAX });
    }
    Ok(vec![Event::Labeled(Labeled {
        before: before.cloned(),
        cluster_id: place.cluster,
        key,
        provider_id: place.provider,
        value,
    })])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        node::Command,
        testing::{availability_changed, given, key, label_removed, labeled, place, value},
    };

    #[test]
    fn a_node_is_labeled() {
        given::<Node>([])
            .when(Command::Label(place(), key("zone"), value("a")))
            .then([labeled("zone", "a", None)]);
    }

    #[test]
    fn another_value_names_the_one_before() {
        given::<Node>([labeled("zone", "a", None)])
            .when(Command::Label(place(), key("zone"), value("b")))
            .then([labeled("zone", "b", Some("a"))]);
    }

    #[test]
    fn the_same_label_again_changes_nothing() {
        given::<Node>([labeled("zone", "a", None), availability_changed("pause", None)])
            .when(Command::Label(place(), key("zone"), value("a")))
            .then([]);
    }

    #[test]
    fn a_removed_label_comes_back_without_a_value_before() {
        given::<Node>([labeled("zone", "a", None), label_removed("zone", "a")])
            .when(Command::Label(place(), key("zone"), value("b")))
            .then([labeled("zone", "b", None)]);
    }

    #[test]
    fn one_label_too_many_is_refused() {
        let full = (0..Node::LABELS_MAX).map(|n| labeled(&format!("key{n}"), "a", None));
        given::<Node>(full)
            .when(Command::Label(place(), key("zone"), value("a")))
            .then_refused(Error::TooManyLabels { most: Node::LABELS_MAX });
    }
}
