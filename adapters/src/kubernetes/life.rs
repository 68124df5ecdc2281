//! What runs of a Deployment, by its status and its pods. Pure.

use crate::shown::words;
use commands::ports::cluster::workload::Life;
use k8s_openapi::api::{
    apps::v1::{Deployment, DeploymentStatus},
    core::v1::{Pod, PodStatus},
};

/// Why a container waits while nothing is wrong.
const ON_ITS_WAY: [&str; 2] = ["ContainerCreating", "PodInitializing"];

/// What runs of a Deployment, as far as its status says.
pub(super) fn life(deployment: &Deployment) -> Life {
    let status = deployment.status.clone().unwrap_or_default();
    let count = |number: Option<i32>| u32::try_from(number.unwrap_or_default()).unwrap_or_default();
    let (all, updated) = (count(status.replicas), count(status.updated_replicas));
    let is_seen = status.observed_generation >= deployment.metadata.generation;
    // Of those that are ready, the old ones may be the ready ones.
    let running = count(status.ready_replicas).saturating_sub(all.saturating_sub(updated));
    Life {
        running: if is_seen { running } else { 0 },
        is_changing: !is_seen || all != updated,
        trouble: is_seen.then(|| complaint(&status)).flatten(),
        gave_up: is_seen.then(|| gave_up(&status)).flatten(),
    }
}

/// Why the controller no longer waits for new pods.
fn gave_up(status: &DeploymentStatus) -> Option<String> {
    let late = status.conditions.iter().flatten().find(|condition| {
        (condition.type_.as_str(), condition.status.as_str()) == ("Progressing", "False")
            && condition.reason.as_deref() == Some("ProgressDeadlineExceeded")
    });
    Some(words(late?.message.as_deref().unwrap_or_default(), 0))
}

/// What the controller says is wrong.
fn complaint(status: &DeploymentStatus) -> Option<String> {
    let all = status.conditions.iter().flatten();
    let bad = all.filter(|condition| {
        matches!(
            (condition.type_.as_str(), condition.status.as_str()),
            ("ReplicaFailure", "True") | ("Progressing", "False")
        )
    });
    bad.filter_map(|condition| Some(words(condition.message.as_deref()?, 0))).min()
}

/// What the scheduler or a node says is wrong with a pod that is not ready.
pub(super) fn trouble(pods: &[Pod]) -> Option<String> {
    // The same one each time, however they are sorted.
    pods.iter().filter_map(|pod| pod.status.as_ref()).filter_map(waits).min()
}

fn waits(status: &PodStatus) -> Option<String> {
    let unplaced = status
        .conditions
        .iter()
        .flatten()
        .find(|condition| condition.type_ == "PodScheduled" && condition.status == "False");
    if let Some(message) = unplaced.and_then(|condition| condition.message.as_deref()) {
        return Some(words(message, 0));
    }
    status.container_statuses.iter().flatten().find_map(|container| {
        let waiting = container.state.as_ref()?.waiting.as_ref()?;
        let reason = waiting.reason.as_deref().filter(|why| !ON_ITS_WAY.contains(why))?;
        let message = waiting.message.as_deref().unwrap_or_default();
        Some(words(&format!("{reason} {message}"), 0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn deployment(status: Value) -> Deployment {
        let metadata = json!({"generation": 3});
        serde_json::from_value(json!({"metadata": metadata, "status": status})).unwrap()
    }

    fn pod(status: Value) -> Pod {
        serde_json::from_value(json!({"metadata": {}, "status": status})).unwrap()
    }

    #[test]
    fn only_what_is_made_as_said_counts() {
        let counts = |observed, all, updated, ready| {
            let seen = life(&deployment(json!({
                "observedGeneration": observed, "replicas": all, "updatedReplicas": updated,
                "readyReplicas": ready,
            })));
            (seen.running, seen.is_changing)
        };
        assert_eq!(counts(3, 2, 2, 2), (2, false));
        assert_eq!(counts(3, 2, 2, 1), (1, false));
        assert_eq!(counts(2, 2, 2, 2), (0, true), "it speaks of what was before");
        assert_eq!(counts(3, 3, 1, 2), (0, true), "both may be old ones");
        assert_eq!(life(&deployment(json!({}))).running, 0);
    }

    #[test]
    fn the_controller_and_the_scheduler_say_what_is_wrong() {
        let condition = json!({
            "type": "ReplicaFailure", "status": "True", "message": "exceeded quota",
        });
        let status = json!({"observedGeneration": 3, "conditions": [condition]});
        assert_eq!(life(&deployment(status)).trouble.as_deref(), Some("exceeded quota"));

        let words = "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.";
        let unplaced = json!({"conditions": [
            {"type": "PodScheduled", "status": "False", "message": words},
        ]});
        let placed = json!({"conditions": [{"type": "PodScheduled", "status": "True"}]});
        assert_eq!(trouble(&[pod(placed), pod(unplaced)]).as_deref(), Some(words));

        let waiting = |reason: &str| {
            json!({"containerStatuses": [{
                "name": "main", "image": "x", "imageID": "", "ready": false, "restartCount": 0,
                "state": {"waiting": {"reason": reason, "message": "no such image"}},
            }]})
        };
        assert_eq!(trouble(&[pod(waiting("ContainerCreating"))]), None);
        let said = trouble(&[pod(waiting("ErrImagePull"))]);
        assert_eq!(said.as_deref(), Some("ErrImagePull no such image"));
    }
}
