//! Nodes are registered, and what is decided about them is done and reported.

use crate::lab::Lab;
use commands::reconcile::Done;
use domain::{
    Event, Version,
    availability::Availability,
    ids::PrincipalId,
    node_observation::{
        self,
        facts::{Reachability, Role, State},
    },
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn nodes_are_registered_as_the_engine_shows_them() {
    let Some(lab) = Lab::enter().await else { return };
    lab.update(1, &["--label-add=rack=7", "--availability=pause"]);
    let world = lab.world().await;
    world.sweep().await;
    for (index, engine) in lab.engines().iter().enumerate() {
        let node = lab.node(&world, index);
        assert_eq!(world.told(node).await, ["NodeDiscovered"]);
        let (facts, inspected) = (world.seen(node).await.unwrap().facts, lab.inspect(index));
        assert_eq!(facts.native_id, engine.node_id);
        assert_eq!(facts.name, engine.hostname);
        assert_eq!(facts.address, engine.address.to_string());
        assert_eq!(json!(facts.labels), inspected["Spec"]["Labels"]);
        assert_eq!(facts.availability.as_str(), inspected["Spec"]["Availability"]);
        assert_eq!(facts.state, State::Ready);
        let manager = (Role::Manager, Reachability::Reachable, true);
        let worker = (Role::Worker, Reachability::NotApplicable, false);
        let expected = if index == 0 { manager } else { worker };
        assert_eq!((facts.role, facts.reachability, facts.leader), expected);
    }
    // Nothing is different, so nothing is said.
    world.sweep().await;
    assert_eq!(world.told(lab.node(&world, 0)).await, ["NodeDiscovered"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_and_availability_are_applied_and_reported() {
    let Some(lab) = Lab::enter().await else { return };
    lab.update(1, &["--label-add=rack=7"]);
    let world = lab.world().await;
    let node = lab.node(&world, 1);
    world.sweep().await;
    world.label(node, "zone", "a").await;
    let cause = world.set(node, Availability::Pause).await;

    assert_eq!(world.reconcile(node).await.unwrap(), Done::InLine);
    let spec = &lab.inspect(1)["Spec"];
    let expected = json!({"rack": "7", "zone": "a"});
    assert_eq!(spec["Labels"], expected);
    assert_eq!((&spec["Availability"], &spec["Role"]), (&json!("pause"), &json!("worker")));
    let expected = ["NodeDiscovered", "NodeObserved", "NodeChangeApplied"];
    assert_eq!(world.told(node).await, expected);
    let seen = world.seen(node).await.unwrap();
    assert_eq!((seen.applied, seen.facts.availability), (Version(2), Availability::Pause));
    let history = world.history(node).await;
    let report = &history.last().unwrap().metadata;
    assert_eq!((report.actor, report.correlation_id), (PrincipalId::WORKER, cause));
    assert!(report.causation_id.is_some());

    world.unlabel(node, "zone").await;
    world.set(node, Availability::Active).await;
    assert_eq!(world.reconcile(node).await.unwrap(), Done::InLine);
    let spec = &lab.inspect(1)["Spec"];
    assert_eq!((&spec["Labels"], &spec["Availability"]), (&json!({"rack": "7"}), &json!("active")));
    let history = world.history(node).await;
    let Event::NodeObservation(node_observation::Event::ChangeApplied(applied)) =
        &history.last().unwrap().payload
    else {
        panic!("{history:?}")
    };
    assert_eq!(applied.through_version, Version(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_stays_a_manager() {
    let Some(lab) = Lab::enter().await else { return };
    let world = lab.world().await;
    let node = lab.node(&world, 0);
    world.sweep().await;
    world.label(node, "zone", "a").await;
    world.set(node, Availability::Drain).await;
    assert_eq!(world.reconcile(node).await.unwrap(), Done::InLine);
    let inspected = lab.inspect(0);
    assert_eq!(inspected["Spec"]["Role"], "manager");
    assert_eq!(inspected["Spec"]["Availability"], "drain");
    assert_eq!(inspected["ManagerStatus"]["Leader"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_that_was_never_there_is_removed_without_a_word_to_the_engine() {
    let Some(lab) = Lab::enter().await else { return };
    let world = lab.world().await;
    let node = lab.node(&world, 2);
    world.sweep().await;
    world.label(node, "zone", "a").await;
    world.unlabel(node, "zone").await;
    let before = lab.inspect(2)["Version"].take();
    assert_eq!(world.reconcile(node).await.unwrap(), Done::InLine);
    assert_eq!(lab.inspect(2)["Version"], before);
    assert_eq!(world.seen(node).await.unwrap().applied, Version(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_left_is_lost_and_nothing_else() {
    let Some(lab) = Lab::enter().await else { return };
    let world = lab.world().await;
    world.sweep().await;
    // Known to the log, as if the cluster had listed it once.
    let place = domain::node::Place { cluster: world.cluster, provider: world.provider };
    let facts = domain::testing::facts("active");
    let gone = world.node(&facts.native_id);
    world.say(commands::node::observe::ObserveNode { place, facts }).await;
    world.sweep().await;
    world.sweep().await;
    assert_eq!(world.told(gone).await, ["NodeDiscovered", "NodeLost"]);
}
