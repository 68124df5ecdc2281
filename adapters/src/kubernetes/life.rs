//! What runs of a Deployment, by its status and its pods. Pure.
//!
//! The status tells which pods are made as said, and is late: where the number went down and up
//! again, it counts pods that are gone or about to go. The pods tell what is there.

use super::pod;
use crate::shown::words;
use commands::ports::cluster::workload::Life;
use k8s_openapi::api::{
    apps::v1::{Deployment, DeploymentStatus},
    core::v1::{Pod, PodStatus},
};

/// Why a container waits while nothing is wrong.
const ON_ITS_WAY: [&str; 2] = ["ContainerCreating", "PodInitializing"];

/// What runs of a Deployment with these pods, which were listed after it was read.
pub(super) fn life(deployment: &Deployment, pods: &[Pod]) -> Life {
    let status = deployment.status.clone().unwrap_or_default();
    let count = |number: Option<i32>| u32::try_from(number.unwrap_or_default()).unwrap_or_default();
    let (all, updated) = (count(status.replicas), count(status.updated_replicas));
    let is_seen = status.observed_generation >= deployment.metadata.generation;
    let there = pods.iter().filter(|pod| pod::stays(pod)).filter_map(|pod| pod.status.as_ref());
    let ready = there.clone().filter(|status| is_ready(status)).count();
    let ready = count(status.ready_replicas).min(u32::try_from(ready).unwrap_or(u32::MAX));
    // Of those that are ready, the old ones may be the ready ones.
    let running = if is_seen { ready.saturating_sub(all.saturating_sub(updated)) } else { 0 };
    let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas);
    let complaint = is_seen.then(|| complaint(&status)).flatten();
    Life {
        running,
        is_changing: !is_seen || all != updated,
        trouble: complaint.or_else(|| (running < count(wanted)).then(|| trouble(there)).flatten()),
        gave_up: is_seen.then(|| gave_up(&status)).flatten(),
    }
}

fn is_ready(status: &PodStatus) -> bool {
    let mut all = status.conditions.iter().flatten();
    all.any(|condition| condition.type_ == "Ready" && condition.status == "True")
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
fn trouble<'a>(pods: impl Iterator<Item = &'a PodStatus>) -> Option<String> {
    // The same one each time, however they are sorted.
    pods.filter_map(waits).min()
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
        let spec = json!({"replicas": 2, "selector": {}, "template": {}});
        let whole = json!({"metadata": {"generation": 3}, "spec": spec, "status": status});
        serde_json::from_value(whole).unwrap()
    }

    fn pod(metadata: Value, status: Value) -> Pod {
        serde_json::from_value(json!({"metadata": metadata, "status": status})).unwrap()
    }

    fn ready() -> Pod {
        pod(json!({}), json!({"conditions": [{"type": "Ready", "status": "True"}]}))
    }

    fn counts(observed: u32, all: u32, updated: u32, ready: u32) -> Deployment {
        deployment(json!({
            "observedGeneration": observed, "replicas": all, "updatedReplicas": updated,
            "readyReplicas": ready,
        }))
    }

    fn trouble_of(pods: &[Pod]) -> Option<String> {
        life(&counts(3, 2, 2, 0), pods).trouble
    }

    #[test]
    fn only_what_is_made_as_said_counts() {
        let counts = |observed, all, updated, number| {
            let seen = life(&counts(observed, all, updated, number), &vec![ready(); 4]);
            (seen.running, seen.is_changing)
        };
        assert_eq!(counts(3, 2, 2, 2), (2, false));
        assert_eq!(counts(3, 2, 2, 1), (1, false));
        assert_eq!(counts(2, 2, 2, 2), (0, true), "it speaks of what was before");
        assert_eq!(counts(3, 3, 1, 2), (0, true), "both may be old ones");
        assert_eq!(life(&deployment(json!({})), &[ready()]).running, 0);
    }

    #[test]
    fn only_pods_that_are_there_and_stay_count() {
        let conditions = json!([{"type": "Ready", "status": "True"}]);
        let leaving = json!({"deletionTimestamp": "2026-01-01T00:00:00Z"});
        let others = [
            pod(leaving, json!({"conditions": conditions})),
            pod(json!({}), json!({"phase": "Failed", "conditions": conditions})),
            pod(json!({}), json!({"conditions": [{"type": "Ready", "status": "False"}]})),
            pod(json!({}), json!({"phase": "Pending"})),
        ];
        let running = |pods: &[Pod]| life(&counts(3, 2, 2, 2), pods).running;
        for other in &others {
            assert_eq!(running(&[other.clone(), other.clone()]), 0, "{other:?}");
            assert_eq!(running(&[ready(), other.clone()]), 1, "{other:?}");
        }
        assert_eq!(running(&[]), 0, "the status is ahead");
        assert_eq!(running(&[ready(), ready()]), 2);
    }

    #[test]
    fn the_controller_and_the_scheduler_say_what_is_wrong() {
        let condition = json!({
            "type": "ReplicaFailure", "status": "True", "message": "exceeded quota",
        });
        let status = json!({"observedGeneration": 3, "conditions": [condition]});
        assert_eq!(life(&deployment(status), &[]).trouble.as_deref(), Some("exceeded quota"));

        let words = "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.";
        let unplaced = json!({"conditions": [
            {"type": "PodScheduled", "status": "False", "message": words},
        ]});
        let placed = pod(
            json!({}),
            json!({"conditions": [
                {"type": "PodScheduled", "status": "True"},
            ]}),
        );
        let both = [placed, pod(json!({}), unplaced.clone())];
        assert_eq!(trouble_of(&both).as_deref(), Some(words));
        let leaving = json!({"deletionTimestamp": "2026-01-01T00:00:00Z"});
        assert_eq!(trouble_of(&[pod(leaving, unplaced.clone())]), None);
        let enough = [ready(), ready(), pod(json!({}), unplaced)];
        assert_eq!(life(&counts(3, 2, 2, 2), &enough).trouble, None, "as many run as should");

        let waiting = |reason: &str| {
            let state = json!({"waiting": {"reason": reason, "message": "no such image"}});
            pod(
                json!({}),
                json!({"containerStatuses": [{
                    "name": "main", "image": "x", "imageID": "", "ready": false, "restartCount": 0,
                    "state": state,
                }]}),
            )
        };
        assert_eq!(trouble_of(&[waiting("ContainerCreating")]), None);
        let said = trouble_of(&[waiting("ErrImagePull")]);
        assert_eq!(said.as_deref(), Some("ErrImagePull no such image"));
    }
}
