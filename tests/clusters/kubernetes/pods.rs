//! What runs on Kubernetes in a story: deployments that its own client makes.

use super::Lab;
use crate::services::IMAGE;
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tests::lab::{Look, wait_for};
use tokio::task::block_in_place;

const LIMIT: Duration = Duration::from_secs(60);
const KINDS: &str = "deployment,daemonset,poddisruptionbudget,pod";

/// Whether there is anything to clean.
static USED: AtomicBool = AtomicBool::new(false);

/// Creates anything.
pub(super) fn create(lab: &Lab, object: &Value) {
    USED.store(true, Ordering::Relaxed);
    block_in_place(|| lab.create(object)).unwrap();
}

/// Creates a deployment, and returns once all of it runs. `more` goes into the description of each
/// pod.
pub(super) fn run(lab: &Lab, name: &str, copies: usize, more: &Value) {
    create(lab, &set("Deployment", name, &json!({"replicas": copies}), more));
    until_run(lab, name, copies);
}

/// Waits until so many pods of something run.
pub(super) fn until_run(lab: &Lab, name: &str, copies: usize) {
    let look = || {
        let nodes = 0..lab.nodes().len();
        let running: usize = nodes.map(|node| running(lab, name, node).len()).sum();
        if running == copies { Look::Done(()) } else { Look::NotYet(format!("{running} run")) }
    };
    block_in_place(|| wait_for(&format!("{name} runs"), LIMIT, look)).unwrap();
}

/// A set of pods of a kind.
pub(super) fn set(kind: &str, name: &str, spec: &Value, more: &Value) -> Value {
    let labels = json!({"app": name});
    let mut pod = json!({
        "terminationGracePeriodSeconds": 0, "containers": [{"name": "main", "image": IMAGE}],
    });
    extend(&mut pod, more);
    let template = json!({"metadata": {"labels": labels}, "spec": pod});
    let mut whole = json!({"selector": {"matchLabels": labels}, "template": template});
    extend(&mut whole, spec);
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": whole})
}

fn extend(object: &mut Value, more: &Value) {
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
}

/// Permits only as many disruptions as leave so many, and returns once that holds.
pub(super) fn budget(lab: &Lab, name: &str, least: usize) {
    create(
        lab,
        &json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name},
            "spec": {"minAvailable": least, "selector": {"matchLabels": {"app": name}}},
        }),
    );
    let healthy = ["get", "pdb", name, "--output=jsonpath={.status.currentHealthy}"];
    let look = || match lab.kubectl(&healthy) {
        Ok(count) if count == least.to_string() => Look::Done(()),
        seen => Look::NotYet(format!("{seen:?}")),
    };
    block_in_place(|| wait_for("the budget counts its pods", LIMIT, look)).unwrap();
}

/// The pods of something that run on a node, and are not about to end.
pub(super) fn running(lab: &Lab, name: &str, node: usize) -> Vec<String> {
    let selector = format!("--selector=app={name}");
    let place =
        format!("--field-selector=spec.nodeName={},status.phase=Running", lab.nodes()[node]);
    let text = lab.say(&["get", "pods", &selector, &place, "--output=json"]);
    let pods: Value = serde_json::from_str(&text).unwrap();
    let stays = |pod: &&Value| pod["metadata"]["deletionTimestamp"].is_null();
    let name = |pod: &Value| pod["metadata"]["name"].as_str().map(str::to_owned);
    pods["items"].as_array().into_iter().flatten().filter(stays).filter_map(name).collect()
}

/// Ends all of it.
pub(super) fn clean(lab: &Lab) {
    if USED.load(Ordering::Relaxed) {
        lab.say(&["delete", KINDS, "--all", "--grace-period=0", "--force"]);
    }
}
