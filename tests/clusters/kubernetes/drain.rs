//! What only Kubernetes has: pods that a drain leaves where they are, for different reasons.

use super::{Lab, pods};
use crate::{
    both::contract::connect,
    lab::CALL_TIMEOUT,
    real::{Real, node, world},
};
use commands::ports::cluster::{Budget, Manner, NodeChange, Outcome, Touched};
use domain::{
    availability::Availability,
    node_observation::drain::{End, Failure},
};
use serde_json::{Value, json};
use std::time::Duration;
use tests::{harness::eventually, lab::Kubernetes};

const LONG: Duration = Duration::from_secs(600);
const SWEEP: Duration = Duration::from_secs(1);

/// What a drain of node 1 would mean for what runs there.
async fn of_drain(lab: &Lab, manner: Manner) -> Vec<Touched> {
    let (cluster, id) = (connect(lab.address()), lab.is(1).native_id);
    let change = NodeChange { availability: Some(Availability::Drain), ..NodeChange::default() };
    cluster.impact(&id, &change, manner).await.unwrap().touched
}

/// A pod on a node that nobody would start again.
fn single(lab: &Lab, name: &str, metadata: &Value) -> Value {
    let mut whole = json!({"name": name, "labels": {"app": name}});
    whole.as_object_mut().unwrap().extend(metadata.as_object().unwrap().clone());
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": whole,
        "spec": {
            "nodeName": Kubernetes::nodes(lab)[1], "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "main", "image": crate::services::IMAGE}],
        },
    })
}

/// Of each of these, and of a mirror pod, which stays whatever is asked.
async fn the_impact_is(lab: &Lab, manner: Manner, expected: [(&str, Outcome); 3]) {
    let touched = of_drain(lab, manner).await;
    let name = |touched: &Touched| touched.name.trim_start_matches("default/").to_owned();
    let outcomes: Vec<_> = touched.iter().map(|it| (name(it), it.outcome)).collect();
    let expected = expected.into_iter().chain([("mirror", Outcome::Stays)]);
    assert_eq!(outcomes.len(), 4, "{outcomes:?}");
    for ((name, outcome), (begins, wanted)) in outcomes.iter().zip(expected) {
        assert!(name.starts_with(begins) && *outcome == wanted, "{outcomes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_the_node_stays_and_what_would_be_lost_goes_by_force() {
    let Some(lab) = Lab::enter().await else { return };
    let daemon = pods::set("DaemonSet", "agent", &json!({}), &json!({}));
    pods::create(&lab, &daemon);
    pods::until_run(&lab, "agent", 3);
    pods::create(
        &lab,
        &single(
            &lab,
            "mirror",
            &json!({"annotations": {
                "kubernetes.io/config.mirror": "4f1a", "kubernetes.io/config.source": "file",
            }}),
        ),
    );
    pods::create(&lab, &single(&lab, "lonely", &json!({})));
    let scratch = json!({
        "volumes": [{"name": "scratch", "emptyDir": {}}], "nodeSelector": {"disk": "own"},
    });
    lab.update(&["label", "node"], 1, &["disk=own"]);
    pods::run(&lab, "cache", 1, &scratch);
    pods::until_run(&lab, "mirror", 1);
    pods::until_run(&lab, "lonely", 1);

    let world = world(&lab).await;
    let node = node(&world, &lab, 1);
    world.sweep().await;
    let of = |cache, lonely| [("agent", Outcome::Stays), ("cache", cache), ("lonely", lonely)];
    the_impact_is(&lab, Manner::Gentle, of(Outcome::Held, Outcome::Held)).await;
    the_impact_is(&lab, Manner::Forced, of(Outcome::Moves, Outcome::Ends)).await;

    world.drain(node, LONG).await;
    let worker = world.work(world.connections(CALL_TIMEOUT), SWEEP);
    let end = |end: End| {
        let world = &world;
        move || async move {
            let told = world.seen(node).await?.drain?;
            (told.end == Some(end)).then_some(told)
        }
    };
    let failed = eventually("it fails at once", end(End::Failed)).await;
    let names: Vec<&str> = failed.rest.named().iter().map(|left| left.name.as_str()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names[0].starts_with("default/cache-") && names[1] == "default/lonely", "{names:?}");
    let history = world.history(node).await;
    let data = serde_json::to_value(&history.last().unwrap().payload).unwrap();
    assert_eq!(data["reason"], json!(Failure::Held));

    world.drain_by_force(node, LONG).await;
    eventually("by force it is drained", end(End::Completed)).await;
    worker.stop().await;
    for (name, copies) in [("agent", 1), ("mirror", 1), ("lonely", 0), ("cache", 0)] {
        assert_eq!(lab.running(name, 1), copies, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_that_permits_nothing_is_warned_of() {
    let Some(lab) = Lab::enter().await else { return };
    lab.update(&["label", "node"], 1, &["disk=own"]);
    pods::run(&lab, "db", 2, &json!({"nodeSelector": {"disk": "own"}}));
    pods::budget(&lab, "db", 2);
    let touched = of_drain(&lab, Manner::Gentle).await;
    let budget = Budget { name: "default/db".to_owned(), allowed: 0 };
    for touched in &touched {
        assert_eq!(touched.budgets, std::slice::from_ref(&budget));
        assert_eq!((touched.outcome, touched.elsewhere), (Outcome::Moves, 0));
    }
    assert_eq!(touched.len(), 2);
    assert_eq!(lab.running("db", 1), 2, "it was only asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_with_two_budgets_is_left_with_the_words_of_the_cluster() {
    let Some(lab) = Lab::enter().await else { return };
    lab.update(&["label", "node"], 1, &["disk=own"]);
    pods::run(&lab, "db", 1, &json!({"nodeSelector": {"disk": "own"}}));
    for name in ["one", "two"] {
        let spec = json!({"minAvailable": 0, "selector": {"matchLabels": {"app": "db"}}});
        let budget = json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
            "metadata": {"name": name}, "spec": spec,
        });
        pods::create(&lab, &budget);
    }
    let cluster = connect(lab.address());
    let id = lab.is(1).native_id;
    let remaining = cluster.evacuate(&id, Manner::Gentle).await.unwrap();
    assert_eq!((remaining.leaving.len(), remaining.held.len()), (1, 0));
    let reason = &remaining.leaving[0].reason;
    assert!(reason.contains("more than one PodDisruptionBudget"), "{reason}");
    assert_eq!(lab.running("db", 1), 1);
}
