//! Every history of a secret.

use crate::{
    examples::{cluster_id, provider_id},
    law,
};
use domain::{
    Aggregate,
    change::Change,
    ids::{RecordId, SecretId},
    kept::{Fingerprint, Kept},
    secret::{
        Command, Event, Secret, SecretName,
        adopt::Adopt,
        create::{Create, Created},
        remove::Removed,
        rotate::Rotated,
    },
    secret_observation::Object,
};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, prop_assert, prop_oneof, proptest},
};
use uuid::Uuid;

fn name() -> impl Strategy<Value = SecretName> {
    proptest::sample::select(&["db", "tls.key", "a-b"][..])
        .prop_map(|text| SecretName::parse(text).unwrap())
}

fn kept() -> impl Strategy<Value = Kept> {
    (0..3_u8, 1..5_u32).prop_map(|(value, version)| Kept {
        fingerprint: Fingerprint::of([value; 32]),
        record_id: RecordId(Uuid::nil()),
        version,
    })
}

fn object() -> Object {
    Object { name: "db".to_owned(), native_id: "a".to_owned() }
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let create = (provider_id(), name(), kept()).prop_map(|(provider, name, value)| Create {
        provider,
        name,
        value,
    });
    let adopt = (provider_id(), cluster_id(), name(), kept()).prop_map(
        |(provider, cluster, name, value)| Adopt {
            provider,
            cluster,
            object: object(),
            name,
            value,
        },
    );
    let any = prop_oneof![
        2 => create.prop_map(Command::Create),
        1 => adopt.prop_map(Command::Adopt),
        5 => kept().prop_map(Command::Rotate),
        1 => Just(Command::Remove),
    ];
    vec(any, 0..30)
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let created = (provider_id(), name(), kept()).prop_map(|(provider_id, name, value)| Created {
        name,
        provider_id,
        value,
    });
    let rotated = (provider_id(), kept(), kept()).prop_map(|(provider_id, before, after)| {
        let value = Change { after, before };
        Rotated { provider_id, value }
    });
    let removed =
        (provider_id(), name()).prop_map(|(provider_id, name)| Removed { name, provider_id });
    let any = prop_oneof![
        created.prop_map(Event::from),
        rotated.prop_map(Event::from),
        removed.prop_map(Event::from),
    ];
    vec(any, 0..30)
}

proptest! {
    #[test]
    fn a_command_acts_once(commands in commands()) {
        law::each_command_acts_once::<Secret>(commands, |_| false)?;
    }

    #[test]
    fn a_rotation_is_to_another_value(commands in commands()) {
        for event in law::history::<Secret>(commands) {
            if let Event::Rotated(rotated) = event {
                let Change { before, after } = rotated.value;
                prop_assert!(before.fingerprint != after.fingerprint);
            }
        }
    }

    #[test]
    fn a_history_reads_back(commands in commands(), events in events()) {
        let history = law::history::<Secret>(commands);
        law::a_history_reads_back::<Secret>(&history)?;
        law::a_history_reads_back::<Secret>(&events)?;
        let id = SecretId(Uuid::nil());
        law::tags_are_a_sorted_set::<Secret>(id, &history)?;
    }

    #[test]
    fn any_events_fold_and_can_be_decided_on(events in events(), commands in commands()) {
        let secret = law::fold::<Secret>(&events);
        for command in commands {
            drop(secret.decide(command));
        }
    }
}
