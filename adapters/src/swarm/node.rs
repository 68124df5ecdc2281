//! A Swarm node in the words that both engines share. Pure.

use crate::shown::{cut, labels};
use bollard::models::{
    ManagerStatus, Node, NodeSpec, NodeSpecAvailabilityEnum, NodeSpecRoleEnum, NodeState,
    Reachability as SwarmReachability,
};
use commands::ports::cluster::{Error, NodeChange, Revision, Shown};
use domain::{
    availability::Availability,
    node_observation::{
        Facts,
        facts::{Reachability, Role, State},
    },
};

/// What Berth shows of a node, and the version to change it from.
pub(super) fn shown(node: Node) -> Result<Shown, Error> {
    let revision = Revision(version(&node)?.to_string());
    Ok(Shown { facts: facts(node)?, revision })
}

/// What Berth shows of a node.
pub(super) fn facts(node: Node) -> Result<Facts, Error> {
    let native_id = node.id.filter(|id| !id.is_empty()).ok_or_else(|| missing("ID"))?;
    let spec = node.spec.ok_or_else(|| missing("Spec"))?;
    let description = node.description.unwrap_or_default();
    let status = node.status.unwrap_or_default();
    let manager = node.manager_status.as_ref();
    Ok(Facts {
        address: cut(&address(status.addr, manager)),
        availability: match spec.availability {
            Some(NodeSpecAvailabilityEnum::PAUSE) => Availability::Pause,
            Some(NodeSpecAvailabilityEnum::DRAIN) => Availability::Drain,
            Some(NodeSpecAvailabilityEnum::ACTIVE | NodeSpecAvailabilityEnum::EMPTY) | None => {
                Availability::Active
            }
        },
        engine_labels: labels(
            description.engine.and_then(|engine| engine.labels).unwrap_or_default(),
        ),
        labels: labels(spec.labels.unwrap_or_default()),
        leader: manager.is_some_and(|manager| manager.leader == Some(true)),
        name: cut(&description.hostname.or(spec.name).unwrap_or_default()),
        native_id,
        reachability: match manager.map(|manager| manager.reachability) {
            None => Reachability::NotApplicable,
            Some(Some(SwarmReachability::REACHABLE)) => Reachability::Reachable,
            Some(Some(SwarmReachability::UNREACHABLE)) => Reachability::Unreachable,
            Some(Some(SwarmReachability::UNKNOWN) | None) => Reachability::Unknown,
        },
        role: match spec.role {
            Some(NodeSpecRoleEnum::MANAGER) => Role::Manager,
            Some(NodeSpecRoleEnum::WORKER | NodeSpecRoleEnum::EMPTY) | None => Role::Worker,
        },
        state: match status.state {
            Some(NodeState::READY) => State::Ready,
            Some(NodeState::DOWN) => State::Down,
            Some(NodeState::DISCONNECTED) => State::Unreachable,
            Some(NodeState::UNKNOWN) | None => State::Unknown,
        },
    })
}

/// The node's version, which every write names.
pub(super) fn version(node: &Node) -> Result<i64, Error> {
    let index = node.version.as_ref().and_then(|version| version.index);
    index.and_then(|index| i64::try_from(index).ok()).ok_or_else(|| missing("Version"))
}

/// The whole specification with the change in it, since a write replaces all of it.
pub(super) fn changed(mut spec: NodeSpec, change: &NodeChange) -> NodeSpec {
    let mut labels = spec.labels.take().unwrap_or_default();
    for key in &change.remove {
        labels.remove(key.as_str());
    }
    for (key, value) in &change.set {
        labels.insert(key.as_str().to_owned(), value.as_str().to_owned());
    }
    let availability = change.availability.map(|availability| match availability {
        Availability::Active => NodeSpecAvailabilityEnum::ACTIVE,
        Availability::Pause => NodeSpecAvailabilityEnum::PAUSE,
        Availability::Drain => NodeSpecAvailabilityEnum::DRAIN,
    });
    NodeSpec { labels: Some(labels), availability: availability.or(spec.availability), ..spec }
}

/// A manager that was given no address shows `0.0.0.0`; then the other managers know better.
fn address(shown: Option<String>, manager: Option<&ManagerStatus>) -> String {
    let shown = shown.unwrap_or_default();
    if !shown.is_empty() && shown != "0.0.0.0" && shown != "::" {
        return shown;
    }
    let known = manager.and_then(|manager| manager.addr.as_deref()).unwrap_or_default();
    let host = known.rsplit_once(':').map_or(known, |(host, _)| host);
    if host.is_empty() { shown } else { host.trim_matches(['[', ']']).to_owned() }
}

fn missing(field: &str) -> Error {
    Error::ApiUnsupported(format!("its nodes have no `{field}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::testing::{key, value};
    use serde_json::json;
    use std::collections::BTreeMap;

    /// As Docker 20.10 writes it.
    fn node() -> Node {
        serde_json::from_value(json!({
            "ID": "24ifsmvkjbyhk", "Version": {"Index": 17},
            "CreatedAt": "2026-03-01T12:00:00.123456789Z",
            "UpdatedAt": "2026-03-01T12:00:00.123456789Z",
            "Spec": {"Name": "n", "Labels": {"rack": "1"}, "Role": "manager",
                     "Availability": "pause"},
            "Description": {"Hostname": "paris-1", "Engine": {"Labels": {"disk": "ssd"}}},
            "Status": {"State": "ready", "Addr": "10.9.0.1"},
            "ManagerStatus": {"Leader": true, "Reachability": "reachable", "Addr": "10.9.0.1:2377"}
        }))
        .unwrap()
    }

    fn labeled<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
    }

    #[test]
    fn a_manager_in_our_words() {
        let shown = shown(node()).unwrap();
        assert_eq!(shown.revision, Revision("17".to_owned()));
        let expected = Facts {
            address: "10.9.0.1".to_owned(),
            availability: Availability::Pause,
            engine_labels: labeled([("disk", "ssd")]),
            labels: labeled([("rack", "1")]),
            leader: true,
            name: "paris-1".to_owned(),
            native_id: "24ifsmvkjbyhk".to_owned(),
            reachability: Reachability::Reachable,
            role: Role::Manager,
            state: State::Ready,
        };
        assert_eq!(shown.facts, expected);
    }

    #[test]
    fn a_worker_that_was_never_heard_of() {
        let node = serde_json::from_value(json!({
            "ID": "w1", "Spec": {"Role": "worker", "Availability": "active"},
            "Status": {"State": "unknown"}
        }));
        let facts = facts(node.unwrap()).unwrap();
        assert_eq!((facts.role, facts.state), (Role::Worker, State::Unknown));
        assert_eq!(facts.reachability, Reachability::NotApplicable);
        assert!(!facts.leader && facts.labels.is_empty() && facts.address.is_empty());
    }

    #[test]
    fn a_manager_without_an_address_has_the_one_its_peers_use() {
        let mut node = node();
        node.status.as_mut().unwrap().addr = Some("0.0.0.0".to_owned());
        assert_eq!(facts(node.clone()).unwrap().address, "10.9.0.1");
        node.manager_status.as_mut().unwrap().addr = Some("[fd00::1]:2377".to_owned());
        assert_eq!(facts(node).unwrap().address, "fd00::1");
    }

    #[test]
    fn a_change_leaves_name_role_and_foreign_labels() {
        let change = NodeChange {
            set: [(key("zone"), value("a"))].into(),
            remove: vec![key("old")],
            availability: Some(Availability::Drain),
        };
        let mut spec = node().spec.unwrap();
        spec.labels.as_mut().unwrap().insert("old".to_owned(), "x".to_owned());
        let changed = changed(spec, &change);
        assert_eq!(changed.name.as_deref(), Some("n"));
        assert_eq!(changed.role, Some(NodeSpecRoleEnum::MANAGER));
        assert_eq!(changed.availability, Some(NodeSpecAvailabilityEnum::DRAIN));
        let labels: BTreeMap<_, _> = changed.labels.unwrap().into_iter().collect();
        assert_eq!(labels, labeled([("rack", "1"), ("zone", "a")]));
    }

    #[test]
    fn an_empty_change_changes_nothing() {
        let spec = node().spec.unwrap();
        assert_eq!(changed(spec.clone(), &NodeChange::default()), spec);
    }
}
