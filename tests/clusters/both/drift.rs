//! What somebody changes behind Berth's back: what is Berth's is repaired, all else is left.

use crate::real::{Change, Real, node, world};
use commands::{
    Error, Refusal,
    node::{label::LabelNode, remove_label::RemoveNodeLabel},
};
use domain::{
    Event,
    availability::Availability,
    label::Key,
    node,
    node_observation::{self, report_change::DriftRepaired},
    testing::{key, value},
};
use serde_json::json;
use std::time::Duration;

/// Longer than any story.
const LONG: Duration = Duration::from_secs(600);

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

pub(super) async fn foreign_labels_are_shown_and_never_removed(real: &dyn Real) {
    real.change(1, Change::Label("rack", "7"));
    let world = world(real).await;
    let node = node(&world, real, 1);
    world.sweep().await;
    assert_eq!(json!(world.seen(node).await.unwrap().facts.labels), json!({"rack": "7"}));
    let remove = RemoveNodeLabel { provider: world.provider, node, key: key("rack") };
    let refused = world.ask(&remove).await;
    let not_owned = node::Error::LabelNotOwned(key("rack"));
    assert!(
        matches!(&refused, Err(Error::Refused(Refusal::Node(error))) if *error == not_owned),
        "{refused:?}"
    );
    // Neither what Berth writes nor what it takes away touches it.
    world.label(node, "zone", "a").await;
    world.sweep().await;
    world.unlabel(node, "zone").await;
    world.sweep().await;
    assert_eq!(real.labels(1), json!({"rack": "7"}));
    real.change(1, Change::Label("rack", "8"));
    world.sweep().await;
    assert_eq!(json!(world.seen(node).await.unwrap().facts.labels), json!({"rack": "8"}));
    assert_eq!(world.count(node, "NodeDriftRepaired").await, 0);
}

pub(super) async fn labels_of_the_engine_are_shown_apart_and_cannot_be_changed(real: &dyn Real) {
    let world = world(real).await;
    let node = node(&world, real, 1);
    let (name, is) = real.engine_label(1);
    world.sweep().await;
    let facts = async || world.seen(node).await.unwrap().facts;
    assert_eq!(facts().await.engine_labels.get(name), Some(&is));
    assert_eq!(facts().await.labels.get(name), None);
    match Key::parse(name) {
        // One of the same key is another label, which is Berth's own.
        Ok(key) => {
            let (provider, value) = (world.provider, value("other"));
            world.say(LabelNode { provider, node, key, value }).await;
            world.sweep().await;
            assert_eq!(real.labels(1), json!({name: "other"}));
            assert_eq!(facts().await.labels[name], "other");
        }
        // There is no way to say it.
        Err(_) => assert!(name.contains('/')),
    }
    assert_eq!(facts().await.engine_labels[name], is);
}

pub(super) async fn an_availability_is_berths_only_once_it_was_asked_for_it(real: &dyn Real) {
    let world = world(real).await;
    let node = node(&world, real, 2);
    let shown = async || world.seen(node).await.unwrap().facts.availability;
    world.sweep().await;
    for theirs in [Availability::Pause, Availability::Drain, Availability::Active] {
        real.change(2, Change::Availability(theirs));
        // A decision about something else is none about this.
        world.label(node, "zone", theirs.as_str()).await;
        world.sweep().await;
        world.sweep().await;
        assert_eq!((shown().await, real.availability(2)), (theirs, theirs), "recorded, and left");
    }
    // By a drain it is Berth's, and still when that is cancelled.
    world.drain(node, LONG).await;
    world.sweep().await;
    real.change(2, Change::Availability(Availability::Active));
    world.sweep().await;
    assert_eq!(real.availability(2), Availability::Drain);
    assert_eq!(world.count(node, "NodeDriftRepaired").await, 1);
    world.set(node, Availability::Pause).await;
    world.drain(node, LONG).await;
    world.sweep().await;
    world.cancel_drain(node).await;
    world.sweep().await;
    assert_eq!(real.availability(2), Availability::Pause);
    real.change(2, Change::Availability(Availability::Active));
    world.sweep().await;
    assert_eq!(real.availability(2), Availability::Pause);
    assert_eq!(world.count(node, "NodeDriftRepaired").await, 2);
    assert_eq!(world.count(node, "DrainFailed").await, 0);
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
