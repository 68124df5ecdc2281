//! Every history of what became of a workload.

use crate::{
    examples::{cluster_id, provider_id, text},
    law,
    profile::organization_id,
};
use domain::{
    Position,
    ids::{ProfileId, WorkloadId},
    workload::Epoch,
    workload_observation::{
        Command, Event, Of, Pair, State, WorkloadObservation,
        apply::Applied,
        repair::{DriftRepaired, Part},
        run::Running,
    },
};
use proptest::{
    collection::vec,
    prelude::{Strategy, prop_assert, prop_oneof, proptest},
};
use uuid::Uuid;

fn epoch() -> impl Strategy<Value = Epoch> {
    (0..3_usize).prop_map(|times| (0..times).fold(Epoch::FIRST, |epoch, _| epoch.next()))
}

fn of() -> impl Strategy<Value = Of> {
    (cluster_id(), epoch(), organization_id(), provider_id()).prop_map(
        |(cluster, epoch, organization, provider)| Of {
            cluster,
            epoch,
            organization,
            profile: ProfileId(Uuid::from_u128(0xf0)),
            provider,
        },
    )
}

fn through() -> impl Strategy<Value = Position> {
    (1..5_i64).prop_map(Position)
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    vec(proptest::sample::select(&Part::ALL[..]), 0..3)
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let any = prop_oneof![
        (of(), through()).prop_map(|(of, through)| Command::ReportApplied { of, through }),
        (of(), through(), 0..4_u32).prop_map(|(of, through, replicas)| {
            Command::ReportRunning { of, through, replicas }
        }),
        (of(), through(), 0..3_u32, text()).prop_map(|(of, through, running, reason)| {
            Command::ReportDegraded { of, through, running, wanted: 3, reason }
        }),
        (of(), through(), text())
            .prop_map(|(of, through, reason)| { Command::ReportRejected { of, through, reason } }),
        (of(), 0..5_u32, parts())
            .prop_map(|(of, repair, parts)| { Command::ReportRepaired { of, repair, parts } }),
    ];
    vec(any, 0..30)
}

/// Events in any order, also in one that no program would ever record.
fn events() -> impl Strategy<Value = Vec<Event>> {
    let applied = (of(), through()).prop_map(|(of, through_position)| {
        Applied {
            cluster_id: of.cluster,
            epoch: of.epoch,
            organization_id: of.organization,
            profile_id: of.profile,
            provider_id: of.provider,
            through_position,
        }
        .into()
    });
    let running = (of(), through()).prop_map(|(of, through_position)| {
        Running {
            cluster_id: of.cluster,
            epoch: of.epoch,
            organization_id: of.organization,
            profile_id: of.profile,
            provider_id: of.provider,
            replicas: 2,
            through_position,
        }
        .into()
    });
    let repaired = (of(), parts(), 0..5_u32).prop_map(|(of, parts, repair)| {
        DriftRepaired {
            cluster_id: of.cluster,
            epoch: of.epoch,
            organization_id: of.organization,
            parts,
            profile_id: of.profile,
            provider_id: of.provider,
            repair,
        }
        .into()
    });
    vec(prop_oneof![applied, running, repaired], 0..20)
}

/// What was refused, and taken over later or newer.
fn stands_refused(known: &WorkloadObservation) -> bool {
    let Some(condition) = &known.condition else { return false };
    let held = known.applied.get(&condition.cluster);
    matches!(condition.state, State::Rejected(_)) && held.is_some_and(|held| *held > condition.of)
}

proptest! {
    #[test]
    fn a_command_acts_once(commands in commands()) {
        law::each_command_acts_once::<WorkloadObservation>(commands, |_| false)?;
    }

    #[test]
    fn what_is_known_never_gets_older(commands in commands()) {
        let mut known = WorkloadObservation::default();
        for event in law::history::<WorkloadObservation>(commands) {
            let before = known.clone();
            known = domain::Aggregate::evolve(known, &event);
            prop_assert!(!stands_refused(&known), "{known:?}");
            prop_assert!(known.repairs >= before.repairs);
            for (cluster, held) in &before.applied {
                prop_assert!(known.applied[cluster] >= *held);
            }
            let of = |known: &WorkloadObservation| -> Option<Pair> {
                known.condition.as_ref().map(|condition| condition.of)
            };
            prop_assert!(of(&known).is_none() || of(&known) >= of(&before));
        }
    }

    #[test]
    fn a_history_reads_back(commands in commands(), events in events()) {
        let history = law::history::<WorkloadObservation>(commands);
        law::a_history_reads_back::<WorkloadObservation>(&history)?;
        law::a_history_reads_back::<WorkloadObservation>(&events)?;
        law::tags_are_a_sorted_set::<WorkloadObservation>(WorkloadId(Uuid::nil()), &history)?;
    }

    #[test]
    fn any_events_fold_and_can_be_decided_on(events in events(), commands in commands()) {
        let known = law::fold::<WorkloadObservation>(&events);
        for command in commands {
            let _ = domain::Aggregate::decide(&known, command);
        }
    }
}
