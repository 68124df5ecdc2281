//! What a pod is for a drain of its node. Pure.

use crate::shown::cut;
use k8s_openapi::api::core::v1::Pod;

/// The kubelet itself runs it, from a file of its own.
const MIRROR: &str = "kubernetes.io/config.mirror";
/// It starts a pod on each node, cordoned or not.
const DAEMON: &str = "DaemonSet";
/// Nothing of it runs any more.
const ENDED: [&str; 2] = ["Succeeded", "Failed"];

/// As people call it: `shop/web-7d4b9`.
pub(super) fn name(pod: &Pod) -> String {
    let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
    let name = pod.metadata.name.as_deref().unwrap_or_default();
    cut(&format!("{namespace}/{name}"))
}

/// Whether a drain moves it: it runs, and does not belong to the node itself.
pub(super) fn is_moved(pod: &Pod) -> bool {
    let is_mirror =
        pod.metadata.annotations.as_ref().is_some_and(|notes| notes.contains_key(MIRROR));
    let is_daemon = controller(pod).is_some_and(|(kind, _)| kind == DAEMON);
    !has_ended(pod) && !is_mirror && !is_daemon
}

/// Whether nothing of it runs any more.
pub(super) fn has_ended(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    phase.is_some_and(|phase| ENDED.contains(&phase))
}

/// Whether it runs, or will, and nobody has asked it to end.
pub(super) fn stays(pod: &Pod) -> bool {
    !has_ended(pod) && pod.metadata.deletion_timestamp.is_none()
}

/// Who starts it again elsewhere, by kind and name.
pub(super) fn controller(pod: &Pod) -> Option<(&str, &str)> {
    let owners = pod.metadata.owner_references.iter().flatten();
    let mut controllers = owners.filter(|owner| owner.controller == Some(true));
    controllers.next().map(|owner| (owner.kind.as_str(), owner.name.as_str()))
}

/// Why it is left where it is, unless force is used.
pub(super) fn held(pod: &Pod) -> Option<&'static str> {
    if pod.metadata.deletion_timestamp.is_some() {
        return None;
    }
    if controller(pod).is_none() {
        return Some("nobody would start it again elsewhere; only a drain by force ends it");
    }
    let mut volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    volumes
        .any(|volume| volume.empty_dir.is_some())
        .then_some("it has data on this node alone; only a drain by force gives that up")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn pod(metadata: Value, volumes: Value) -> Pod {
        let mut whole = json!({"name": "web-1", "namespace": "shop"});
        whole.as_object_mut().unwrap().extend(metadata.as_object().unwrap().clone());
        serde_json::from_value(json!({
            "metadata": whole,
            "spec": {"containers": [], "volumes": volumes},
            "status": {"phase": "Running"},
        }))
        .unwrap()
    }

    fn owned(kind: &str) -> Value {
        json!({"ownerReferences": [{
            "apiVersion": "apps/v1", "kind": kind, "name": "web", "uid": "u1", "controller": true,
        }]})
    }

    #[test]
    fn what_belongs_to_the_node_is_not_moved() {
        assert!(is_moved(&pod(owned("ReplicaSet"), json!([]))));
        assert!(is_moved(&pod(json!({}), json!([]))));
        assert!(!is_moved(&pod(owned("DaemonSet"), json!([]))));
        let mirror = json!({"annotations": {MIRROR: "4f1a"}, "ownerReferences": [{
            "apiVersion": "v1", "kind": "Node", "name": "oslo-1", "uid": "u1", "controller": true,
        }]});
        assert!(!is_moved(&pod(mirror, json!([]))));
        let mut ended = pod(owned("Job"), json!([]));
        ended.status.as_mut().unwrap().phase = Some("Succeeded".to_owned());
        assert!(!is_moved(&ended));
    }

    #[test]
    fn what_would_be_lost_is_held() {
        assert_eq!(held(&pod(owned("ReplicaSet"), json!([]))), None);
        assert!(held(&pod(json!({}), json!([]))).unwrap().starts_with("nobody would start it"));
        let scratch = json!([{"name": "scratch", "emptyDir": {}}]);
        assert!(held(&pod(owned("ReplicaSet"), scratch)).unwrap().starts_with("it has data"));
        let stopping = json!({"deletionTimestamp": "2026-03-01T12:00:00Z"});
        assert_eq!(held(&pod(stopping, json!([]))), None, "it is on its way");
    }
}
