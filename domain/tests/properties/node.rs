//! Every history of a node's intent, and every plan made from one.

use crate::{
    examples::{availability, key, place, some_key, value},
    law,
};
use domain::{
    Version,
    ids::NodeId,
    label::Key,
    node::{
        Command, Event, Node, Place,
        cancel_drain::DrainCancelled,
        drain::{DrainStarted, Start},
        label::Labeled,
        plan::{Plan, plan},
        remove_label::LabelRemoved,
        set_availability::{AvailabilityChanged, Target},
    },
    testing::drain_deadline,
};
use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest},
};
use std::collections::BTreeMap;

/// A drain, of which nobody knows an end yet.
fn start() -> impl Strategy<Value = Start> {
    (any::<bool>(), availability(), 0..40_i64).prop_map(|(forced, shown, applied)| Start {
        deadline: drain_deadline(),
        forced,
        shown,
        applied: Version(applied),
        ended: None,
    })
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![Just(Target::Active), Just(Target::Pause), start().prop_map(Target::Drain)]
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let any = prop_oneof![
        3 => (place(), some_key(), value()).prop_map(|(at, key, value)| {
            Command::Label(at, key, value)
        }),
        2 => (place(), some_key()).prop_map(|(at, key)| Command::RemoveLabel(at, key)),
        1 => (place(), target()).prop_map(|(at, wanted)| Command::SetAvailability(at, wanted)),
        1 => (place(), start()).prop_map(|(at, start)| Command::Drain(at, start)),
        1 => place().prop_map(Command::CancelDrain),
    ];
    vec(any, 0..40)
}

/// Sets label after label, so that the bound is met.
fn many_labels() -> impl Strategy<Value = Vec<Command>> {
    let label =
        (place(), key(), value()).prop_map(|(at, key, value)| Command::Label(at, key, value));
    vec(label, 100..200)
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let labeled = (option::of(value()), place(), some_key(), value()).prop_map(
        |(before, Place { cluster: cluster_id, provider: provider_id }, key, value)| {
            Labeled { before, cluster_id, key, provider_id, value }.into()
        },
    );
    let removed = (value(), place(), some_key()).prop_map(
        |(before, Place { cluster: cluster_id, provider: provider_id }, key)| {
            LabelRemoved { before, cluster_id, key, provider_id }.into()
        },
    );
    let changed = (availability(), option::of(availability()), place()).prop_map(
        |(availability, before, Place { cluster: cluster_id, provider: provider_id })| {
            AvailabilityChanged { availability, before, cluster_id, provider_id }.into()
        },
    );
    let started = (availability(), any::<bool>(), place()).prop_map(
        |(before, forced, Place { cluster: cluster_id, provider: provider_id })| {
            let deadline = drain_deadline();
            DrainStarted { before, cluster_id, deadline, forced, provider_id }.into()
        },
    );
    let cancelled = (availability(), place()).prop_map(
        |(availability, Place { cluster: cluster_id, provider: provider_id })| {
            DrainCancelled { availability, cluster_id, provider_id }.into()
        },
    );
    vec(prop_oneof![labeled, removed, changed, started, cancelled], 0..40)
}

/// Labels that a cluster shows: Berth's own keys and others.
fn shown() -> impl Strategy<Value = BTreeMap<String, String>> {
    let keys = prop_oneof![some_key().prop_map(|key| key.to_string()), "foreign[0-9]"];
    btree_map(keys, value().prop_map(|value| value.to_string()), 0..8)
}

fn carried_out(plan: &Plan, shown: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut labels = shown.clone();
    labels.extend(plan.set.iter().map(|(key, value)| (key.to_string(), value.to_string())));
    labels.retain(|key, _| !plan.remove.iter().any(|removed| removed.as_str() == key));
    labels
}

fn is_ours(node: &Node, text: &str) -> bool {
    Key::parse(text).is_ok_and(|key| node.labels.contains_key(&key))
}

proptest! {
    #[test]
    fn a_command_acts_once(commands in commands()) {
        law::each_command_acts_once::<Node>(commands, |_| false)?;
    }

    #[test]
    fn a_node_is_never_fuller_than_allowed(commands in many_labels()) {
        let node = law::fold::<Node>(&law::history::<Node>(commands));
        prop_assert!(node.set_labels().count() <= Node::LABELS_MAX);
    }

    #[test]
    fn versions_count(events in events()) {
        let node = law::fold::<Node>(&events);
        prop_assert_eq!(node.version, Version(i64::try_from(events.len()).unwrap()));
        prop_assert!(node.labels.values().all(|(_, since)| *since <= node.version));
    }

    #[test]
    fn a_drain_is_wanted_for_as_long_as_nothing_else_is(events in events()) {
        let node = law::fold::<Node>(&events);
        if let Some(drain) = &node.drain {
            let wanted = Some((domain::availability::Availability::Drain, drain.version));
            prop_assert_eq!(node.availability, wanted);
        }
    }

    #[test]
    fn a_history_reads_back(commands in commands(), events in events()) {
        let history = law::history::<Node>(commands);
        law::a_history_reads_back::<Node>(&history)?;
        law::a_history_reads_back::<Node>(&events)?;
        law::tags_are_a_sorted_set::<Node>(NodeId(uuid::Uuid::nil()), &history)?;
    }

    #[test]
    fn any_events_fold_and_can_be_decided_on(events in events(), commands in commands()) {
        let node = law::fold::<Node>(&events);
        for command in commands {
            let _ = domain::Aggregate::decide(&node, command);
        }
    }

    #[test]
    fn a_plan_that_was_carried_out_leaves_nothing_to_do(
        events in events(), applied in 0..50_i64, shown in shown(), there in availability(),
    ) {
        let node = law::fold::<Node>(&events);
        let first = plan(&node, Version(applied), &shown, there);
        let labels = carried_out(&first, &shown);
        let availability = first.availability.unwrap_or(there);
        let second = plan(&node, node.version, &labels, availability);
        prop_assert!(second.is_empty(), "{second:?}");
        for (key, value) in node.set_labels() {
            prop_assert_eq!(labels.get(key.as_str()).map(String::as_str), Some(value.as_str()));
        }
    }

    #[test]
    fn a_plan_leaves_foreign_labels_alone(
        events in events(), applied in 0..50_i64, shown in shown(), there in availability(),
    ) {
        let node = law::fold::<Node>(&events);
        let plan = plan(&node, Version(applied), &shown, there);
        let after = carried_out(&plan, &shown);
        for (key, value) in shown.iter().filter(|(key, _)| !is_ours(&node, key)) {
            prop_assert_eq!(after.get(key), Some(value));
        }
        prop_assert!(plan.drifted.iter().all(|key| plan.set.contains_key(key)));
        prop_assert!(!plan.availability_drifted || plan.availability > Some(there));
    }
}
