//! Every history of what a cluster showed of a node.

use crate::{
    examples::{availability, key, place, text},
    law,
};
use domain::{
    Version,
    ids::NodeId,
    node::Place,
    node_observation::{
        Command, Event, Facts, NodeObservation,
        discover::{Discovered, Observed},
        drain::{DrainCompleted, DrainFailed, DrainProgressed, Failure, Left, News, Rest},
        facts::{Reachability, Role, State},
        lose::Lost,
        report_change::{ChangeApplied, ChangeRejected, DriftRepaired},
    },
};
use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::{Just, Strategy, any, prop_assert, prop_oneof, proptest},
};

fn facts() -> impl Strategy<Value = Facts> {
    let state = prop_oneof![
        Just(State::Ready),
        Just(State::NotReady),
        Just(State::Down),
        Just(State::Unreachable),
        Just(State::Unknown)
    ];
    let reachability = prop_oneof![
        Just(Reachability::NotApplicable),
        Just(Reachability::Reachable),
        Just(Reachability::Unreachable),
        Just(Reachability::Unknown)
    ];
    let role = prop_oneof![Just(Role::Manager), Just(Role::Worker)];
    let labels = || btree_map("[ -~]{0,3}", text(), 0..3);
    (availability(), labels(), labels(), any::<bool>(), reachability, role, state).prop_map(
        |(availability, engine_labels, labels, leader, reachability, role, state)| Facts {
            address: "10.9.0.1".to_owned(),
            availability,
            engine_labels,
            labels,
            leader,
            name: "swarm-1".to_owned(),
            native_id: "n1".to_owned(),
            reachability,
            role,
            state,
        },
    )
}

fn version() -> impl Strategy<Value = Version> {
    (0..5_i64).prop_map(Version)
}

fn left() -> impl Strategy<Value = Vec<Left>> {
    vec((text(), text()).prop_map(|(name, reason)| Left { name, reason }), 0..3)
}

fn failure() -> impl Strategy<Value = Failure> {
    prop_oneof![
        Just(Failure::Deadline),
        Just(Failure::Held),
        Just(Failure::NodeLost),
        Just(Failure::Refused),
        Just(Failure::Unanswered)
    ]
}

fn news() -> impl Strategy<Value = News> {
    let rest = || left().prop_map(Rest::new);
    prop_oneof![
        rest().prop_map(News::Progressed),
        Just(News::Completed),
        (failure(), option::of(rest()), option::of(text()))
            .prop_map(|(why, rest, words)| News::Failed(why, rest, words)),
    ]
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let repaired = (vec(key(), 0..3), option::of(availability()));
    let any = prop_oneof![
        3 => (place(), facts()).prop_map(|(at, facts)| Command::Observe(at, facts)),
        1 => Just(Command::Lose),
        2 => version().prop_map(|through| Command::ReportApplied { through }),
        2 => (version(), text()).prop_map(|(through, reason)| {
            Command::ReportRejected { through, reason }
        }),
        1 => repaired.prop_map(|(labels, availability)| {
            Command::ReportRepaired { labels, availability }
        }),
        2 => (version(), news()).prop_map(|(version, news)| {
            Command::ReportDrain { version, news }
        }),
    ];
    vec(any, 0..30)
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let facts_of = || {
        (place(), facts()).prop_map(|(at, facts)| Observed {
            cluster_id: at.cluster,
            facts,
            provider_id: at.provider,
        })
    };
    let discovered = facts_of().prop_map(|Observed { cluster_id, facts, provider_id }| {
        Discovered { cluster_id, facts, provider_id }.into()
    });
    let lost = place().prop_map(|Place { cluster: cluster_id, provider: provider_id }| {
        Lost { cluster_id, provider_id }.into()
    });
    let applied = (place(), version()).prop_map(|(at, through_version)| {
        ChangeApplied { cluster_id: at.cluster, provider_id: at.provider, through_version }.into()
    });
    let rejected = (place(), text(), version()).prop_map(|(at, reason, through_version)| {
        let Place { cluster: cluster_id, provider: provider_id } = at;
        ChangeRejected { cluster_id, provider_id, reason, through_version }.into()
    });
    let repaired = (option::of(availability()), place(), vec(key(), 0..3)).prop_map(
        |(availability, Place { cluster: cluster_id, provider: provider_id }, labels)| {
            DriftRepaired { availability, cluster_id, labels, provider_id }.into()
        },
    );
    let observed = facts_of().prop_map(Event::from);
    let of_node = prop_oneof![discovered, observed, lost, applied, rejected, repaired];
    vec(prop_oneof![3 => of_node, 1 => of_drain()], 0..30)
}

fn of_drain() -> impl Strategy<Value = Event> {
    let told = (place(), version(), left(), failure(), option::of(text()), 0..3_u8);
    told.prop_map(|(at, drain_version, left, reason, words, which)| {
        let Place { cluster: cluster_id, provider: provider_id } = at;
        let left_count = 7;
        match which {
            0 => {
                DrainProgressed { cluster_id, drain_version, left, left_count, provider_id }.into()
            }
            1 => DrainCompleted { cluster_id, drain_version, provider_id }.into(),
            _ => DrainFailed {
                cluster_id,
                drain_version,
                left,
                left_count,
                provider_id,
                reason,
                words,
            }
            .into(),
        }
    })
}

/// A repair is a fact of its own; it leaves no trace in the state.
fn is_repair(event: &Event) -> bool {
    matches!(event, Event::DriftRepaired(_))
}

/// The command that cures a refusal is a report of the same or a newer version.
fn stands_refused(node: &NodeObservation) -> bool {
    let NodeObservation::Seen(seen) = node else { return false };
    seen.rejected.as_ref().is_some_and(|(through, _)| *through < seen.applied)
}

proptest! {
    #[test]
    fn a_drain_ends_once(commands in commands()) {
        let ends = law::history::<NodeObservation>(commands).into_iter().filter_map(|event| {
            match event {
                Event::DrainCompleted(event) => Some(event.drain_version),
                Event::DrainFailed(event) => Some(event.drain_version),
                _ => None,
            }
        });
        let ends: Vec<Version> = ends.collect();
        prop_assert!(ends.windows(2).all(|pair| pair[0] < pair[1]), "{ends:?}");
    }

    #[test]
    fn a_command_acts_once(commands in commands()) {
        law::each_command_acts_once::<NodeObservation>(commands, is_repair)?;
    }

    #[test]
    fn no_refusal_outlives_what_was_applied_after_it(commands in commands()) {
        let mut node = NodeObservation::default();
        for event in law::history::<NodeObservation>(commands) {
            node = domain::Aggregate::evolve(node, &event);
            prop_assert!(!stands_refused(&node), "{node:?}");
        }
    }

    #[test]
    fn a_history_reads_back(commands in commands(), events in events()) {
        let history = law::history::<NodeObservation>(commands);
        law::a_history_reads_back::<NodeObservation>(&history)?;
        law::a_history_reads_back::<NodeObservation>(&events)?;
        law::tags_are_a_sorted_set::<NodeObservation>(NodeId(uuid::Uuid::nil()), &history)?;
    }

    #[test]
    fn any_events_fold_and_can_be_decided_on(events in events(), commands in commands()) {
        let node = law::fold::<NodeObservation>(&events);
        for command in commands {
            let _ = domain::Aggregate::decide(&node, command);
        }
    }
}
