//! Every history of a certificate.

use crate::{
    examples::{name, provider_id},
    law,
};
use domain::{
    Timestamp,
    certificate::{
        Certificate, Command, Event, Material,
        expire::{Expiring, NoteExpiry},
        import::{Import, Imported},
        remove::Removed,
        replace::{Replace, Replaced},
    },
    change::Change,
    ids::{CertificateId, RecordId},
    kept::{Fingerprint, Kept},
};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, prop_oneof, proptest},
};

fn material(number: u16) -> Material {
    let ca = (number == 2).then(|| "authority".to_owned());
    let record_id = RecordId(uuid::Uuid::from_u128(u128::from(number)));
    Material {
        ca,
        certificate: format!("chain {number}"),
        fingerprint: format!("{number:064x}"),
        issuer: "CN=authority".to_owned(),
        key: Kept { fingerprint: Fingerprint::of([1; 32]), record_id, version: 1 },
        not_after: format!("203{number}-03-01T12:00:00.000000Z").parse().unwrap(),
        not_before: "2026-03-01T12:00:00.000000Z".parse().unwrap(),
        serial_number: "01".to_owned(),
        subject: "CN=berth".to_owned(),
        subject_alternative_names: vec![],
    }
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (-40..40_i64).prop_map(|days| {
        Timestamp::new(material(1).not_after.moment() + time::Duration::days(days))
    })
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let any = prop_oneof![
        2 => (name(), 1..3_u16).prop_map(|(name, number)| {
            Command::Import(Import { name, material: material(number) })
        }),
        3 => (1..4_u16, vec(provider_id(), 0..4)).prop_map(|(number, providers)| {
            Command::Replace(Replace { material: material(number), providers })
        }),
        3 => (moment(), vec(provider_id(), 0..4))
            .prop_map(|(now, providers)| Command::NoteExpiry(NoteExpiry { now, providers })),
        1 => Just(Command::Remove),
    ];
    vec(any, 0..30)
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let any = prop_oneof![
        (name(), 1..3_u16)
            .prop_map(|(name, number)| Imported { material: material(number), name }.into()),
        (1..3_u16, 1..3_u16, vec(provider_id(), 0..2)).prop_map(|(before, after, provider_ids)| {
            let material = Change { before: material(before), after: material(after) };
            Replaced { material, provider_ids }.into()
        }),
        (0..40_u16, moment()).prop_map(|(days_left, not_after)| {
            Expiring { days_left, not_after, provider_ids: vec![] }.into()
        }),
        Just(Removed {}.into()),
    ];
    vec(any, 0..30)
}

proptest! {
    #[test]
    fn a_command_acts_once(commands in commands()) {
        law::each_command_acts_once::<Certificate>(commands, |_| false)?;
    }

    #[test]
    fn a_history_reads_back(commands in commands(), events in events()) {
        let history = law::history::<Certificate>(commands);
        law::a_history_reads_back::<Certificate>(&history)?;
        law::a_history_reads_back::<Certificate>(&events)?;
        let id = CertificateId(uuid::Uuid::nil());
        law::tags_are_a_sorted_set::<Certificate>(id, &history)?;
    }

    #[test]
    fn any_events_fold_and_can_be_decided_on(events in events(), commands in commands()) {
        let certificate = law::fold::<Certificate>(&events);
        for command in commands {
            let _ = domain::Aggregate::decide(&certificate, command);
        }
    }
}
