//! Every history of a profile.

use crate::{
    examples::{key, name, value},
    law,
};
use domain::{
    change::Change,
    constraint::{Constraint, Operator},
    ids::{ImageId, OrganizationId, ProfileId, ProviderId, SecretId},
    profile::{
        Command, Definition, Event, Mount, Profile, Resources,
        change::{ChangeProfile, Changed},
        environment::{Environment, Variable},
        mount::FileName,
        remove::Removed,
    },
    replicas::Replicas,
};
use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::{Just, Strategy, prop_assert, prop_oneof, proptest},
};
use uuid::Uuid;

pub(crate) fn image_id() -> impl Strategy<Value = ImageId> {
    (0..3_u128).prop_map(|n| ImageId(Uuid::from_u128(0x1a0 + n)))
}

pub(crate) fn secret_id() -> impl Strategy<Value = SecretId> {
    (0..3_u128).prop_map(|n| SecretId(Uuid::from_u128(0x5e0 + n)))
}

pub(crate) fn organization_id() -> impl Strategy<Value = OrganizationId> {
    (0..2_u128).prop_map(|n| OrganizationId(Uuid::from_u128(0xd0 + n)))
}

pub(crate) fn replicas() -> impl Strategy<Value = Replicas> {
    (1..4_u32).prop_map(|n| Replicas::parse(n).unwrap())
}

fn provider_id() -> impl Strategy<Value = ProviderId> {
    (0..2_u128).prop_map(|n| ProviderId(Uuid::from_u128(0xa0 + n)))
}

fn constraint() -> impl Strategy<Value = Constraint> {
    let operator = prop_oneof![Just(Operator::Equal), Just(Operator::NotEqual)];
    (key(), operator, value()).prop_map(|(label, operator, value)| Constraint {
        label,
        operator,
        value,
    })
}

fn environment() -> impl Strategy<Value = Environment> {
    let variable = "[A-Z]{1,2}".prop_map(|text| Variable::parse(&text).unwrap());
    btree_map(variable, "\\PC{0,5}", 0..3)
}

fn mount() -> impl Strategy<Value = Mount> {
    (secret_id(), "[a-z]{1,2}").prop_map(|(secret_id, target)| Mount {
        secret_id,
        target: FileName::parse(&target).unwrap(),
    })
}

fn resources() -> impl Strategy<Value = Resources> {
    (option::of(10..12_u32), option::of(6_291_456..6_291_458_u64))
        .prop_map(|(cpu_millicores, memory_bytes)| Resources { cpu_millicores, memory_bytes })
}

/// At times more than a profile may have.
fn command() -> impl Strategy<Value = Vec<String>> {
    prop_oneof![
        9 => vec("[a-z]{1,3}", 0..3),
        1 => Just(vec!["x".repeat(Definition::TEXT_BYTES_MAX)]),
    ]
}

fn definition() -> impl Strategy<Value = Definition> {
    let used = (image_id(), organization_id(), provider_id(), vec(mount(), 0..3));
    let shape = (command(), vec(constraint(), 0..3), environment(), name(), replicas());
    (shape, used, resources()).prop_map(
        |(
            (command, constraints, environment, name, replicas),
            (image_id, organization_id, provider_id, secrets),
            resources,
        )| Definition {
            command,
            constraints,
            environment,
            image_id,
            name,
            organization_id,
            provider_id,
            replicas,
            resources,
            secrets,
        },
    )
}

fn change() -> impl Strategy<Value = ChangeProfile> {
    let texts = (option::of(command()), option::of(environment()), option::of(name()));
    let used = (option::of(image_id()), option::of(vec(mount(), 0..3)));
    let bounds =
        (option::of(vec(constraint(), 0..3)), option::of(replicas()), option::of(resources()));
    (texts, used, bounds).prop_map(
        |((command, environment, name), (image, secrets), (constraints, replicas, resources))| {
            ChangeProfile {
                command,
                constraints,
                environment,
                image,
                name,
                replicas,
                resources,
                secrets,
            }
        },
    )
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let define = || definition().prop_map(|definition| Command::Define(Box::new(definition)));
    let any = prop_oneof![
        1 => define(),
        8 => change().prop_map(|change| Command::Change(Box::new(change))),
        1 => Just(Command::Remove),
    ];
    (define(), vec(any, 0..20)).prop_map(|(first, mut rest)| {
        rest.insert(0, first);
        rest
    })
}

/// Events in any order, also in one that no program would ever record.
fn events() -> impl Strategy<Value = Vec<Event>> {
    let pair = |(before, after)| Change { before, after };
    let changed = (
        option::of((name(), name()).prop_map(pair)),
        option::of(
            (vec(mount(), 0..3), vec(mount(), 0..3))
                .prop_map(|(before, after)| Change { before, after }),
        ),
        (organization_id(), provider_id()),
    )
        .prop_map(|(name, secrets, (organization_id, provider_id))| {
            Changed {
                command: None,
                constraints: None,
                environment: None,
                image_id: None,
                name,
                organization_id,
                provider_id,
                replicas: None,
                resources: None,
                secrets,
            }
            .into()
        });
    let removed = (organization_id(), provider_id())
        .prop_map(|(organization_id, provider_id)| Removed { organization_id, provider_id }.into());
    vec(prop_oneof![definition().prop_map(Event::from), changed, removed], 0..20)
}

fn bytes(definition: &Definition) -> usize {
    let words: usize = definition.command.iter().map(String::len).sum();
    let variables = definition.environment.iter().map(|(k, v)| k.as_str().len() + v.len());
    words + variables.sum::<usize>()
}

proptest! {
    #[test]
    fn a_command_acts_once(commands in commands()) {
        law::each_command_acts_once::<Profile>(commands, |_| false)?;
    }

    #[test]
    fn versions_count_and_bounds_hold(commands in commands()) {
        let mut profile = Profile::default();
        for (version, event) in (1..).zip(law::history::<Profile>(commands)) {
            profile = domain::Aggregate::evolve(profile, &event);
            if let Profile::Present(defined) = &profile {
                prop_assert!(defined.version.0 == version);
                prop_assert!(bytes(&defined.definition) <= Definition::TEXT_BYTES_MAX);
            }
        }
    }

    #[test]
    fn a_history_reads_back(commands in commands(), events in events()) {
        let history = law::history::<Profile>(commands);
        law::a_history_reads_back::<Profile>(&history)?;
        law::a_history_reads_back::<Profile>(&events)?;
        law::tags_are_a_sorted_set::<Profile>(ProfileId(Uuid::nil()), &history)?;
    }

    #[test]
    fn any_events_fold_and_can_be_decided_on(events in events(), commands in commands()) {
        let profile = law::fold::<Profile>(&events);
        for command in commands {
            let _ = domain::Aggregate::decide(&profile, command);
        }
    }
}
