//! Every history of what became of a secret.

use crate::{
    examples::{cluster_id, provider_id, text},
    law,
};
use domain::{
    Aggregate, Position,
    ids::{SecretId, WorkloadId},
    secret_observation::{
        Command, Event, Object, Of, SecretObservation, apply::Applied, reject::Rejected,
        restore::Restored,
    },
};
use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::{Just, Strategy, prop_assert, prop_oneof, proptest},
};
use uuid::Uuid;

fn of() -> impl Strategy<Value = Of> {
    (cluster_id(), provider_id(), 1..4_u32).prop_map(|(cluster, provider, version)| Of {
        cluster,
        provider,
        version,
    })
}

fn objects() -> impl Strategy<Value = Vec<Object>> {
    // No engine has two objects of one name.
    btree_map(0..2_u8, 0..3_u8, 0..3).prop_map(|all| {
        let object =
            |(name, id): (u8, u8)| Object { name: format!("db-{name}"), native_id: id.to_string() };
        all.into_iter().map(object).collect()
    })
}

fn through() -> impl Strategy<Value = Position> {
    (1..5_i64).prop_map(Position)
}

fn workload() -> impl Strategy<Value = Option<WorkloadId>> {
    option::of(Just(WorkloadId(Uuid::from_u128(0xe1))))
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let any =
        prop_oneof![
            (of(), through(), objects())
                .prop_map(|(of, through, objects)| Command::ReportApplied { of, through, objects }),
            (of(), through(), text(), workload()).prop_map(|(of, through, reason, workload)| {
                Command::ReportRejected { of, through, reason, workload }
            }),
            (of(), objects()).prop_map(|(of, objects)| Command::ReportRestored { of, objects }),
        ];
    vec(any, 0..30)
}

/// Events in any order, also in one that no program would ever record.
fn events() -> impl Strategy<Value = Vec<Event>> {
    let applied = (of(), objects(), through()).prop_map(|(of, objects, through_position)| {
        Applied {
            cluster_id: of.cluster,
            objects,
            provider_id: of.provider,
            through_position,
            value_version: of.version,
        }
        .into()
    });
    let rejected = (of(), text(), through(), workload()).prop_map(
        |(of, reason, through_position, workload_id)| {
            Rejected {
                cluster_id: of.cluster,
                provider_id: of.provider,
                reason,
                through_position,
                value_version: of.version,
                workload_id,
            }
            .into()
        },
    );
    let restored = (of(), objects()).prop_map(|(of, objects)| {
        Restored {
            cluster_id: of.cluster,
            objects,
            provider_id: of.provider,
            value_version: of.version,
        }
        .into()
    });
    vec(prop_oneof![applied, rejected, restored], 0..20)
}

proptest! {
    #[test]
    fn a_command_acts_once(commands in commands()) {
        law::each_command_acts_once::<SecretObservation>(commands, |_| false)?;
    }

    #[test]
    fn what_a_cluster_holds_never_gets_older(commands in commands()) {
        let mut known = SecretObservation::default();
        for event in law::history::<SecretObservation>(commands) {
            let before = known.clone();
            known = known.evolve(&event);
            for (cluster, before) in &before.clusters {
                let now = &known.clusters[cluster];
                let version = |known: &domain::secret_observation::Known| {
                    known.held.as_ref().map(|held| held.version)
                };
                prop_assert!(version(now) >= version(before), "{now:?} after {before:?}");
                for current in 1..4 {
                    prop_assert!(now.goal(current) <= current || now.holds(now.goal(current)));
                }
            }
        }
    }

    #[test]
    fn a_history_reads_back(commands in commands(), events in events()) {
        let history = law::history::<SecretObservation>(commands);
        law::a_history_reads_back::<SecretObservation>(&history)?;
        law::a_history_reads_back::<SecretObservation>(&events)?;
        law::tags_are_a_sorted_set::<SecretObservation>(SecretId(Uuid::nil()), &history)?;
    }

    #[test]
    fn any_events_fold_and_can_be_decided_on(events in events(), commands in commands()) {
        let known = law::fold::<SecretObservation>(&events);
        for command in commands {
            let _ = known.decide(command);
        }
    }
}
