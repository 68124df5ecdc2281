//! `DefineProfile`: how containers of an organization are made on one of its providers.
//!
//! That the organization may use provider and image is asked before, since it is a question to
//! other streams.

use super::{Definition, Error, Event, Profile};

pub(super) fn decide(profile: &Profile, definition: Definition) -> Result<Vec<Event>, Error> {
    match profile {
        Profile::Absent => {
            definition.check()?;
            Ok(vec![Event::Defined(definition)])
        }
        Profile::Present(_) => Err(Error::AlreadyExists),
        Profile::Removed(_) => Err(Error::Removed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Aggregate, StreamId,
        claim::{Claim, UniqueName},
        profile::Command,
        testing::{
            given, place,
            profile::{defined, definition, mount},
        },
    };

    fn define(definition: Definition) -> Command {
        Command::Define(Box::new(definition))
    }

    #[test]
    fn a_profile_is_defined_once() {
        given::<Profile>([]).when(define(definition("web"))).then([defined("web")]);
        given::<Profile>([defined("web")])
            .when(define(definition("web")))
            .then_refused(Error::AlreadyExists);
    }

    #[test]
    fn command_and_environment_have_a_bound_together() {
        let most = Definition::TEXT_BYTES_MAX;
        let with = |bytes: usize| Definition {
            command: vec!["x".repeat(bytes)],
            environment: [].into(),
            ..definition("web")
        };
        given::<Profile>([]).when(define(with(most))).then([with(most).into()]);
        given::<Profile>([])
            .when(define(with(most + 1)))
            .then_refused(Error::TooLarge { most, has: most + 1 });
    }

    #[test]
    fn a_profile_takes_its_name_within_the_organization_and_refers_to_what_it_uses() {
        let used = Definition {
            secrets: vec![mount(1, "key"), mount(1, "copy"), mount(2, "token")],
            ..definition("Web")
        };
        let name = UniqueName { scope: "profile", key: format!("{}/web", used.organization_id) };
        let secret = |number| Claim::Refer(StreamId::secret(mount(number, "key").secret_id));
        assert_eq!(
            Profile::default().claims(&used.clone().into()),
            [
                Claim::Take(name),
                Claim::Refer(StreamId::provider(place().provider)),
                Claim::Refer(StreamId::image(used.image_id)),
                secret(1),
                secret(2),
            ]
        );
    }
}
