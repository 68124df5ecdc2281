//! What must change on a real node: intent against what the cluster shows. Pure.
//!
//! Berth owns the label keys set through it and, once it was asked for, the availability. All else
//! on the node is left alone.

use super::{Node, Wanted};
use crate::{Version, availability::Availability, label::Key, label::Value};
use std::collections::BTreeMap;

/// What to change on a node, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Labels to write.
    pub set: BTreeMap<Key, Value>,
    /// Labels to take away.
    pub remove: Vec<Key>,
    /// The availability to write.
    pub availability: Option<Availability>,
    /// Keys of `set` that were right once and were changed behind Berth's back.
    pub drifted: Vec<Key>,
    /// Whether the availability was right once and was changed behind Berth's back.
    pub availability_drifted: bool,
}

impl Plan {
    /// Whether the node is as it should be.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.remove.is_empty() && self.availability.is_none()
    }

    /// Whether anything of it undoes somebody else's change.
    #[must_use]
    pub fn repairs(&self) -> bool {
        !self.drifted.is_empty() || self.availability_drifted
    }
}

/// Compares what is wanted with what is there.
///
/// `applied` is the version of the intent that the cluster took over last: what is newer is new,
/// what is older has drifted. An availability that somebody changed outside is left while it is the
/// safer one (drain > pause > active); a removed label that somebody set again is theirs now.
#[must_use]
pub fn plan(
    node: &Node,
    applied: Version,
    labels: &BTreeMap<String, String>,
    availability: Availability,
) -> Plan {
    let mut plan = Plan::default();
    for (key, (wanted, since)) in &node.labels {
        let there = labels.get(key.as_str()).map(String::as_str);
        match wanted {
            Wanted::Set(value) if there != Some(value.as_str()) => {
                plan.set.insert(key.clone(), value.clone());
                if *since <= applied {
                    plan.drifted.push(key.clone());
                }
            }
            Wanted::Gone if there.is_some() && *since > applied => plan.remove.push(key.clone()),
            Wanted::Set(_) | Wanted::Gone => {}
        }
    }
    if let Some((wanted, since)) = node.availability {
        let drifted = since <= applied;
        if wanted != availability && (!drifted || availability < wanted) {
            plan.availability = Some(wanted);
            plan.availability_drifted = drifted;
        }
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{availability_changed, fold, key, label_removed, labeled, value};

    fn there<const N: usize>(labels: [(&str, &str); N]) -> BTreeMap<String, String> {
        labels.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn a_new_label_is_written() {
        let node = fold::<Node>([labeled("zone", "a", None)]);
        let plan = plan(&node, Version::NONE, &there([("rack", "1")]), Availability::Active);
        assert_eq!(plan.set, BTreeMap::from([(key("zone"), value("a"))]));
        assert!(!plan.repairs());
    }

    #[test]
    fn a_label_changed_behind_our_back_is_a_repair() {
        let node = fold::<Node>([labeled("zone", "a", None)]);
        let plan = plan(&node, Version(1), &there([("zone", "b")]), Availability::Active);
        assert_eq!(plan.drifted, [key("zone")]);
    }

    #[test]
    fn a_removed_label_is_taken_away_once() {
        let node = fold::<Node>([labeled("zone", "a", None), label_removed("zone", "a")]);
        let labels = there([("zone", "a")]);
        assert_eq!(plan(&node, Version(1), &labels, Availability::Active).remove, [key("zone")]);
        assert!(plan(&node, Version(2), &labels, Availability::Active).is_empty());
    }

    #[test]
    fn foreign_labels_and_an_availability_nobody_asked_for_are_left_alone() {
        let plan =
            plan(&Node::default(), Version::NONE, &there([("rack", "1")]), Availability::Drain);
        assert!(plan.is_empty());
    }

    #[test]
    fn a_safer_availability_from_outside_stays_and_a_bolder_one_is_undone() {
        let node = fold::<Node>([availability_changed("pause", None)]);
        let plan_at = |applied, seen| plan(&node, applied, &BTreeMap::new(), seen);
        assert!(plan_at(Version(1), Availability::Drain).is_empty());
        let repair = plan_at(Version(1), Availability::Active);
        assert_eq!(repair.availability, Some(Availability::Pause));
        assert!(repair.availability_drifted);
        // A new decision counts, whatever is there.
        let first = plan_at(Version::NONE, Availability::Drain);
        assert_eq!(first.availability, Some(Availability::Pause));
        assert!(!first.availability_drifted);
    }
}
