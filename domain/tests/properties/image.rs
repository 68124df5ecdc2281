//! Every history of an image.

use crate::{examples::provider_id, law};
use domain::{
    Aggregate,
    change::Change,
    ids::{ImageId, ProviderId},
    image::{
        Command, Error, Event, Image, Reference,
        change_visibility::VisibilityChanged,
        declare::{Declare, Declared},
        disable::Disabled,
        enable::Enabled,
        withdraw::Withdrawn,
    },
    provider::Visibility,
};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, prop_assert_eq, prop_oneof, proptest},
};

fn reference() -> impl Strategy<Value = Reference> {
    proptest::sample::select(&["nginx", "docker.io/library/nginx:latest", "a.example/b:1"][..])
        .prop_map(|text| Reference::parse(text).unwrap())
}

fn visibility() -> impl Strategy<Value = Visibility> {
    prop_oneof![Just(Visibility::Public), Just(Visibility::Private)]
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let declare = (provider_id(), reference(), visibility())
        .prop_map(|(provider, reference, visibility)| Declare { provider, reference, visibility });
    let any = prop_oneof![
        2 => declare.prop_map(Command::Declare),
        3 => Just(Command::Enable),
        3 => Just(Command::Disable),
        3 => visibility().prop_map(Command::ChangeVisibility),
        1 => Just(Command::Withdraw),
    ];
    vec(any, 0..30)
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let declared = (provider_id(), reference(), visibility()).prop_map(
        |(provider_id, reference, visibility)| Declared { provider_id, reference, visibility },
    );
    let changed =
        (provider_id(), visibility(), visibility()).prop_map(|(provider_id, before, after)| {
            let visibility = Change { before, after };
            VisibilityChanged { provider_id, visibility }
        });
    let withdrawn = (provider_id(), reference())
        .prop_map(|(provider_id, reference)| Withdrawn { provider_id, reference });
    let any = prop_oneof![
        declared.prop_map(Event::from),
        provider_id().prop_map(|provider_id| Enabled { provider_id }.into()),
        provider_id().prop_map(|provider_id| Disabled { provider_id }.into()),
        changed.prop_map(Event::from),
        withdrawn.prop_map(Event::from),
    ];
    vec(any, 0..30)
}

proptest! {
    #[test]
    fn a_command_acts_once(commands in commands()) {
        law::each_command_acts_once::<Image>(commands, |_| false)?;
    }

    #[test]
    fn a_withdrawn_image_stays_withdrawn(before in commands(), after in commands()) {
        let mut history = law::history::<Image>(before);
        history.push(Withdrawn {
            provider_id: ProviderId(uuid::Uuid::nil()),
            reference: Reference::parse("nginx").unwrap(),
        }.into());
        let image = law::fold::<Image>(&history);
        // What never was is not withdrawn either.
        let known = history.len() > 1;
        prop_assert_eq!(known, matches!(image, Image::Withdrawn(_)));
        for command in after.into_iter().filter(|_| known) {
            let decided = image.decide(command.clone());
            let expected = match command {
                Command::Withdraw => Ok(vec![]),
                _ => Err(Error::Withdrawn),
            };
            prop_assert_eq!(decided, expected);
        }
    }

    #[test]
    fn a_history_reads_back(commands in commands(), events in events()) {
        let history = law::history::<Image>(commands);
        law::a_history_reads_back::<Image>(&history)?;
        law::a_history_reads_back::<Image>(&events)?;
        let id = ImageId(uuid::Uuid::nil());
        law::tags_are_a_sorted_set::<Image>(id, &history)?;
    }

    #[test]
    fn any_events_fold_and_can_be_decided_on(events in events(), commands in commands()) {
        let image = law::fold::<Image>(&events);
        for command in commands {
            drop(image.decide(command));
        }
    }

    #[test]
    fn any_text_is_a_reference_or_refused_and_none_stops_the_reader(text in ".{0,40}") {
        if let Ok(reference) = Reference::parse(&text) {
            prop_assert_eq!(reference.as_str(), text);
            let key = reference.key();
            let again = Reference::parse(&key).unwrap();
            prop_assert_eq!(again.key(), key, "the key is a reference that means the same");
        }
    }

    #[test]
    fn the_key_of_a_reference_is_a_reference_that_means_the_same(
        text in "([a-z]{1,3}(\\.[a-zA-Z]{1,3})?(:[0-9]{1,4})?/)?\
            [a-z]{1,3}([._/-][a-z0-9]{1,2}){0,3}(:[\\w]{1,4})?"
    ) {
        if let Ok(reference) = Reference::parse(&text) {
            let again = Reference::parse(&reference.key()).unwrap();
            prop_assert_eq!(again.key(), reference.key());
        }
    }
}
