//! Nodes as Kubernetes writes them, in our words and back.

use super::*;
use domain::testing::{key, value};

/// As 1.37 writes it.
fn node(ready: &str, spec: &Value, annotations: &Value) -> Node {
    serde_json::from_value(json!({
        "metadata": {
            "name": "oslo-1", "uid": "7a1c", "resourceVersion": "214",
            "annotations": annotations,
            "labels": {
                "rack": "1", "example.com/zone": "a", "notk8s.io/tier": "b",
                "kubernetes.io/os": "linux", "node.kubernetes.io/instance-type": "large",
                "topology.k8s.io/zone": "z1", "node-role.kubernetes.io/control-plane": "",
            },
        },
        "spec": spec,
        "status": {
            "addresses": [
                {"type": "Hostname", "address": "oslo-1"},
                {"type": "InternalIP", "address": "192.0.2.1"},
            ],
            "conditions": [
                {"type": "MemoryPressure", "status": "False"},
                {"type": "Ready", "status": ready},
            ],
        },
    }))
    .unwrap()
}

fn labeled<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

#[test]
fn a_node_in_our_words() {
    let shown = shown(node("True", &json!({}), &json!({}))).unwrap();
    assert_eq!(shown.revision, Revision("214".to_owned()));
    let expected = Facts {
        address: "192.0.2.1".to_owned(),
        availability: Availability::Active,
        engine_labels: labeled([
            ("kubernetes.io/os", "linux"),
            ("node-role.kubernetes.io/control-plane", ""),
            ("node.kubernetes.io/instance-type", "large"),
            ("topology.k8s.io/zone", "z1"),
        ]),
        labels: labeled([("example.com/zone", "a"), ("notk8s.io/tier", "b"), ("rack", "1")]),
        leader: false,
        name: "oslo-1".to_owned(),
        native_id: "7a1c".to_owned(),
        reachability: Reachability::Reachable,
        role: Role::Manager,
        state: State::Ready,
    };
    assert_eq!(shown.facts, expected);
}

#[test]
fn a_condition_says_how_a_node_is_and_whether_it_is_heard() {
    let seen = |ready: &str, spec: Value| {
        let facts = facts(node(ready, &spec, &json!({}))).unwrap();
        (facts.state, facts.reachability)
    };
    assert_eq!(seen("False", json!({})), (State::NotReady, Reachability::Reachable));
    assert_eq!(seen("Unknown", json!({})), (State::Unreachable, Reachability::Unreachable));
    let tainted = json!({"taints": [{"key": UNREACHABLE, "effect": "NoExecute"}]});
    assert_eq!(seen("True", tainted), (State::Ready, Reachability::Unreachable));
    let bare = json!({"metadata": {"name": "n", "uid": "u"}});
    let facts = facts(serde_json::from_value(bare).unwrap()).unwrap();
    let expected = (State::Unknown, Reachability::Unknown, Role::Worker);
    assert_eq!((facts.state, facts.reachability, facts.role), expected);
    assert!(facts.labels.is_empty() && facts.address.is_empty());
}

#[test]
fn a_cordon_is_a_pause_and_with_our_mark_a_drain() {
    let seen = |unschedulable: bool, annotations: Value| {
        let spec = json!({"unschedulable": unschedulable});
        facts(node("True", &spec, &annotations)).unwrap().availability
    };
    assert_eq!(seen(true, json!({})), Availability::Pause);
    assert_eq!(seen(true, json!({MARK: DRAIN})), Availability::Drain);
    assert_eq!(seen(true, json!({MARK: "other"})), Availability::Pause);
    // Somebody has uncordoned it.
    assert_eq!(seen(false, json!({MARK: DRAIN})), Availability::Active);
}

#[test]
fn a_change_names_its_fields_and_the_version_and_nothing_else() {
    let seen = Revision("214".to_owned());
    let change = NodeChange {
        set: [(key("zone"), value("a"))].into(),
        remove: vec![key("old")],
        availability: None,
    };
    let labels = json!({"old": null, "zone": "a"});
    let expected = json!({"metadata": {"resourceVersion": "214", "labels": labels}});
    assert_eq!(patch(&seen, &change), expected);

    let to = |availability| {
        let change = NodeChange { availability: Some(availability), ..NodeChange::default() };
        let patch = patch(&seen, &change);
        (patch["spec"]["unschedulable"].clone(), patch["metadata"]["annotations"][MARK].clone())
    };
    assert_eq!(to(Availability::Active), (Value::Null, Value::Null));
    assert_eq!(to(Availability::Pause), (json!(true), Value::Null));
    assert_eq!(to(Availability::Drain), (json!(true), json!(DRAIN)));
}
