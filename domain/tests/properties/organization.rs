//! Every history of an organization.

use crate::{
    examples::{name, provider_id},
    law,
};
use domain::{
    change::Change,
    ids::OrganizationId,
    organization::{
        Command, Event, Organization,
        associate::Associated,
        dissociate::{Dissociate, Dissociated},
        register::Registered,
        rename::Renamed,
    },
};
use proptest::{
    collection::vec,
    prelude::{Strategy, any, prop_assert, prop_oneof, proptest},
};

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let any = prop_oneof![
        1 => name().prop_map(Command::Register),
        2 => name().prop_map(Command::Rename),
        3 => provider_id().prop_map(Command::Associate),
        3 => provider_id().prop_map(|provider| {
            Command::Dissociate(Dissociate { provider, force: false, users: vec![] })
        }),
    ];
    vec(any, 0..30)
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let any = prop_oneof![
        name().prop_map(|name| Registered { name }.into()),
        (name(), name())
            .prop_map(|(before, after)| Renamed { name: Change { before, after } }.into()),
        provider_id().prop_map(|provider_id| Associated { provider_id }.into()),
        (any::<bool>(), provider_id()).prop_map(|(forced, provider_id)| Dissociated {
            forced,
            provider_id
        }
        .into()),
    ];
    vec(any, 0..30)
}

proptest! {
    #[test]
    fn a_command_acts_once(commands in commands()) {
        law::each_command_acts_once::<Organization>(commands, |_| false)?;
    }

    #[test]
    fn a_provider_is_associated_or_was_but_not_both(events in events()) {
        let organization = law::fold::<Organization>(&events);
        if let Organization::Present { providers, former, .. } = organization {
            prop_assert!(providers.is_disjoint(&former));
        }
    }

    #[test]
    fn a_history_reads_back(commands in commands(), events in events()) {
        let history = law::history::<Organization>(commands);
        law::a_history_reads_back::<Organization>(&history)?;
        law::a_history_reads_back::<Organization>(&events)?;
        let id = OrganizationId(uuid::Uuid::nil());
        law::tags_are_a_sorted_set::<Organization>(id, &history)?;
    }

    #[test]
    fn any_events_fold_and_can_be_decided_on(events in events(), commands in commands()) {
        let organization = law::fold::<Organization>(&events);
        for command in commands {
            let _ = domain::Aggregate::decide(&organization, command);
        }
    }
}
