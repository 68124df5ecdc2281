//! What somebody changes behind Berth's back: what is Berth's is repaired, all else is left.

use crate::real::{Change, Real, node, world};
use domain::{
    Event,
    availability::Availability,
    node_observation::{self, report_change::DriftRepaired},
    testing::key,
};
use serde_json::json;

pub(super) async fn a_label_removed_behind_our_back_is_repaired_each_time(real: &dyn Real) {
    let world = world(real).await;
    let node = node(&world, real, 1);
    world.sweep().await;
    world.label(node, "zone", "a").await;
    world.sweep().await;
    for times in 1..=2 {
        real.change(1, Change::Unlabel("zone"));
        real.change(1, Change::Label("rack", "7"));
        world.sweep().await;
        assert_eq!(real.labels(1), json!({"rack": "7", "zone": "a"}));
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

pub(super) async fn a_label_set_to_something_else_is_set_back(real: &dyn Real) {
    let world = world(real).await;
    let node = node(&world, real, 1);
    world.sweep().await;
    world.label(node, "zone", "a").await;
    world.sweep().await;
    real.change(1, Change::Label("zone", "theirs"));
    world.sweep().await;
    assert_eq!(real.labels(1), json!({"zone": "a"}));
    // One that Berth gave up is theirs.
    world.unlabel(node, "zone").await;
    world.sweep().await;
    real.change(1, Change::Label("zone", "theirs"));
    world.sweep().await;
    assert_eq!(real.labels(1), json!({"zone": "theirs"}));
    assert_eq!(world.count(node, "NodeDriftRepaired").await, 1);
}

pub(super) async fn a_safer_availability_stays_and_a_bolder_one_is_undone(real: &dyn Real) {
    let world = world(real).await;
    let node = node(&world, real, 2);
    let availability = || real.availability(2);
    // Nobody has asked Berth for an availability yet, so any is fine.
    real.change(2, Change::Availability(Availability::Drain));
    world.sweep().await;
    assert_eq!(availability(), Availability::Drain);

    world.set(node, Availability::Pause).await;
    world.sweep().await;
    assert_eq!(availability(), Availability::Pause);
    real.change(2, Change::Availability(Availability::Drain));
    world.sweep().await;
    assert_eq!(availability(), Availability::Drain);
    assert_eq!(world.seen(node).await.unwrap().facts.availability, Availability::Drain);
    assert_eq!(world.count(node, "NodeDriftRepaired").await, 0);

    real.change(2, Change::Availability(Availability::Active));
    world.sweep().await;
    assert_eq!(availability(), Availability::Pause);
    assert_eq!(world.count(node, "NodeDriftRepaired").await, 1);
}

pub(super) async fn a_disabled_provider_is_left_alone(real: &dyn Real) {
    let world = world(real).await;
    let node = node(&world, real, 1);
    world.sweep().await;
    world.label(node, "zone", "a").await;
    world.sweep().await;
    let told = world.told(node).await;
    world.disable().await;
    real.change(1, Change::Unlabel("zone"));
    world.sweep().await;
    assert_eq!(world.reconcile(node).await.unwrap(), commands::reconcile::Done::HandsOff);
    assert_eq!(real.labels(1), json!({}));
    assert_eq!(world.told(node).await, told);

    world.enable().await;
    world.sweep().await;
    assert_eq!(real.labels(1), json!({"zone": "a"}));
    assert_eq!(world.count(node, "NodeDriftRepaired").await, 1);
}
