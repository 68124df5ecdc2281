//! A Kubernetes node in the words that both engines share. Pure.
//!
//! | word | where it comes from |
//! | --- | --- |
//! | state | the condition `Ready`: `True` ready, `False` not ready, `Unknown` unreachable |
//! | availability | `spec.unschedulable`: not set, active; set, pause, or drain with Berth's own mark |
//! | reachability | the taint `unreachable` or an unknown condition `Ready`; nobody asks the node |
//! | engine labels | those whose prefix belongs to Kubernetes |
//! | role | the label that marks nodes of the control plane |

use crate::shown::{cut, labels};
use commands::ports::cluster::{Error, NodeChange, Revision, Shown};
use domain::{
    availability::Availability,
    node_observation::{
        Facts,
        facts::{Reachability, Role, State},
    },
};
use k8s_openapi::api::core::v1::{Node, NodeStatus};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A node that is cordoned and has this is to be empty, too.
const MARK: &str = "berth/availability";
const DRAIN: &str = "drain";
/// The control plane sets it when it does not hear from a node.
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const CONTROL_PLANE: [&str; 2] =
    ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];
/// Prefixes of labels that are kept for Kubernetes itself, and what is below them.
const SYSTEM: [&str; 2] = ["kubernetes.io", "k8s.io"];
/// Kinds of addresses, the best first.
const ADDRESSES: [&str; 3] = ["InternalIP", "ExternalIP", "Hostname"];

/// What Berth shows of a node, and the version to change it from.
pub(super) fn shown(node: Node) -> Result<Shown, Error> {
    let revision = node.metadata.resource_version.clone().ok_or_else(|| missing("version"))?;
    Ok(Shown { facts: facts(node)?, revision: Revision(revision) })
}

/// What Berth shows of a node.
pub(super) fn facts(node: Node) -> Result<Facts, Error> {
    let metadata = node.metadata;
    let native_id = metadata.uid.filter(|uid| !uid.is_empty()).ok_or_else(|| missing("uid"))?;
    let name = metadata.name.ok_or_else(|| missing("name"))?;
    let status = node.status.unwrap_or_default();
    let spec = node.spec.unwrap_or_default();
    let ready = ready(&status);
    let is_marked =
        metadata.annotations.unwrap_or_default().get(MARK).is_some_and(|to| to == DRAIN);
    let is_tainted = spec.taints.iter().flatten().any(|taint| taint.key == UNREACHABLE);
    let (system, own): (BTreeMap<_, _>, BTreeMap<_, _>) =
        metadata.labels.unwrap_or_default().into_iter().partition(|(key, _)| is_system(key));
    Ok(Facts {
        address: cut(&address(&status)),
        availability: match (spec.unschedulable.unwrap_or(false), is_marked) {
            (false, _) => Availability::Active,
            (true, false) => Availability::Pause,
            (true, true) => Availability::Drain,
        },
        leader: false,
        name: cut(&name),
        native_id,
        reachability: match ready.as_deref() {
            _ if is_tainted => Reachability::Unreachable,
            Some("True" | "False") => Reachability::Reachable,
            Some("Unknown") => Reachability::Unreachable,
            Some(_) | None => Reachability::Unknown,
        },
        role: match CONTROL_PLANE.iter().any(|label| system.contains_key(*label)) {
            true => Role::Manager,
            false => Role::Worker,
        },
        state: match ready.as_deref() {
            Some("True") => State::Ready,
            Some("False") => State::NotReady,
            Some("Unknown") => State::Unreachable,
            Some(_) | None => State::Unknown,
        },
        engine_labels: labels(system),
        labels: labels(own),
    })
}

/// Whether it is ready, and not cordoned.
pub(super) fn takes_work(node: &Node) -> bool {
    let is_ready = node.status.as_ref().and_then(ready).as_deref() == Some("True");
    let spec = node.spec.as_ref();
    is_ready && !spec.and_then(|spec| spec.unschedulable).unwrap_or(false)
}

/// What a change is for Kubernetes: a merge patch, which says nothing of all else.
pub(super) fn patch(seen: &Revision, change: &NodeChange) -> Value {
    let mut labels = serde_json::Map::new();
    for key in &change.remove {
        labels.insert(key.as_str().to_owned(), Value::Null);
    }
    for (key, value) in &change.set {
        labels.insert(key.as_str().to_owned(), json!(value.as_str()));
    }
    let mut patch = json!({"metadata": {"resourceVersion": seen.0, "labels": labels}});
    if let Some(availability) = change.availability {
        let (unschedulable, mark) = match availability {
            Availability::Active => (Value::Null, Value::Null),
            Availability::Pause => (json!(true), Value::Null),
            Availability::Drain => (json!(true), json!(DRAIN)),
        };
        patch["metadata"]["annotations"] = json!({MARK: mark});
        patch["spec"] = json!({"unschedulable": unschedulable});
    }
    patch
}

fn is_system(key: &str) -> bool {
    let Some((prefix, _)) = key.split_once('/') else { return false };
    SYSTEM.iter().any(|system| {
        prefix.strip_suffix(system).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

fn ready(status: &NodeStatus) -> Option<String> {
    let all = status.conditions.iter().flatten();
    all.filter(|condition| condition.type_ == "Ready").map(|ready| ready.status.clone()).next()
}

fn address(status: &NodeStatus) -> String {
    let all = || status.addresses.iter().flatten();
    let of = |kind: &&str| all().find(|one| one.type_ == *kind).map(|one| one.address.clone());
    ADDRESSES.iter().find_map(of).unwrap_or_default()
}

fn missing(field: &str) -> Error {
    Error::ApiUnsupported(format!("its nodes have no {field}"))
}

#[cfg(test)]
mod tests;
