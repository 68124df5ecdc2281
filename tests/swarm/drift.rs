//! What somebody changes behind Berth's back: what is Berth's is repaired, all else is left.

use crate::lab::Lab;
use domain::{
    Event,
    availability::Availability,
    node_observation::{self, report_change::DriftRepaired},
    testing::key,
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_label_removed_behind_our_back_is_repaired_each_time() {
    let Some(lab) = Lab::enter().await else { return };
    let world = lab.world().await;
    let node = lab.node(&world, 1);
    world.sweep().await;
    world.label(node, "zone", "a").await;
    world.sweep().await;
    for times in 1..=2 {
        lab.update(1, &["--label-rm=zone", "--label-add=rack=7"]);
        world.sweep().await;
        assert_eq!(lab.labels(1), json!({"rack": "7", "zone": "a"}));
        assert_eq!(world.count(node, "NodeDriftRepaired").await, times);
    }
    let history = world.history(node).await;
    let repaired = history.iter().find_map(|event| match &event.payload {
        Event::NodeObservation(node_observation::Event::DriftRepaired(repaired)) => Some(repaired),
        _ => None,
    });
    let DriftRepaired { labels, availability, .. } = repaired.unwrap();
    assert_eq!((labels.as_slice(), *availability), ([key("zone")].as_slice(), None));
    // The drift itself is in the history as well.
    assert_eq!(world.count(node, "NodeChangeApplied").await, 1);
    world.sweep().await;
    assert_eq!(world.count(node, "NodeDriftRepaired").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_set_to_something_else_is_set_back() {
    let Some(lab) = Lab::enter().await else { return };
    let world = lab.world().await;
    let node = lab.node(&world, 1);
    world.sweep().await;
    world.label(node, "zone", "a").await;
    world.sweep().await;
    lab.update(1, &["--label-add=zone=theirs"]);
    world.sweep().await;
    assert_eq!(lab.labels(1), json!({"zone": "a"}));
    // One that Berth gave up is theirs.
    world.unlabel(node, "zone").await;
    world.sweep().await;
    lab.update(1, &["--label-add=zone=theirs"]);
    world.sweep().await;
    assert_eq!(lab.labels(1), json!({"zone": "theirs"}));
    assert_eq!(world.count(node, "NodeDriftRepaired").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_safer_availability_stays_and_a_bolder_one_is_undone() {
    let Some(lab) = Lab::enter().await else { return };
    let world = lab.world().await;
    let node = lab.node(&world, 2);
    let availability = || lab.inspect(2)["Spec"]["Availability"].take();
    // Nobody has asked Berth for an availability yet, so any is fine.
    lab.update(2, &["--availability=drain"]);
    world.sweep().await;
    assert_eq!(availability(), "drain");

    world.set(node, Availability::Pause).await;
    world.sweep().await;
    assert_eq!(availability(), "pause");
    lab.update(2, &["--availability=drain"]);
    world.sweep().await;
    assert_eq!(availability(), "drain");
    assert_eq!(world.seen(node).await.unwrap().facts.availability, Availability::Drain);
    assert_eq!(world.count(node, "NodeDriftRepaired").await, 0);

    lab.update(2, &["--availability=active"]);
    world.sweep().await;
    assert_eq!(availability(), "pause");
    assert_eq!(world.count(node, "NodeDriftRepaired").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_provider_is_left_alone() {
    let Some(lab) = Lab::enter().await else { return };
    let world = lab.world().await;
    let node = lab.node(&world, 1);
    world.sweep().await;
    world.label(node, "zone", "a").await;
    world.sweep().await;
    let told = world.told(node).await;
    world.disable().await;
    lab.update(1, &["--label-rm=zone"]);
    world.sweep().await;
    assert_eq!(world.reconcile(node).await.unwrap(), commands::reconcile::Done::HandsOff);
    assert_eq!(lab.labels(1), json!({}));
    assert_eq!(world.told(node).await, told);

    world.enable().await;
    world.sweep().await;
    assert_eq!(lab.labels(1), json!({"zone": "a"}));
    assert_eq!(world.count(node, "NodeDriftRepaired").await, 1);
}
