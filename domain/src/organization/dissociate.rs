//! `DissociateOrg`: the organization may no longer use a private provider. While it does, that
//! takes `force`: what runs there keeps running, and nothing new is started.

use super::{Error, Event};
use crate::{ids::ProviderId, provider::User};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, ops::Not};

/// Ends an association.
#[derive(Clone, Debug)]
pub struct Dissociate {
    /// With which provider.
    pub provider: ProviderId,
    /// Also while the organization uses it.
    pub force: bool,
    /// What the organization uses it for, and could not without the association.
    pub users: Vec<User>,
}

/// An organization may no longer use a provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Dissociated {
    /// Whether it was done with `force`: that the organization used the provider was no reason
    /// against it.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub forced: bool,
    /// The provider.
    pub provider_id: ProviderId,
}

pub(super) fn decide(
    providers: &BTreeSet<ProviderId>,
    former: &BTreeSet<ProviderId>,
    dissociate: Dissociate,
) -> Result<Vec<Event>, Error> {
    let provider_id = dissociate.provider;
    match (providers.contains(&provider_id), former.contains(&provider_id)) {
        (true, _) if !dissociate.force && !dissociate.users.is_empty() => {
            Err(Error::ProviderUsed(dissociate.users))
        }
        (true, _) => {
            let forced = dissociate.force;
            Ok(vec![Event::Dissociated(Dissociated { forced, provider_id })])
        }
        // Done already: a client may retry.
        (false, true) => Ok(vec![]),
        (false, false) => Err(Error::NotAssociated),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        organization::{Command, Organization},
        testing::{associated, dissociated, given, organization_registered, place, user},
    };

    fn used(force: bool, users: Vec<User>) -> Command {
        Command::Dissociate(Dissociate { provider: place().provider, force, users })
    }

    fn dissociate() -> Command {
        used(false, vec![])
    }

    #[test]
    fn an_organization_that_uses_a_provider_stays_associated_unless_forced() {
        let history = || [organization_registered("Acme"), associated()];
        given::<Organization>(history())
            .when(used(false, vec![user(1)]))
            .then_refused(Error::ProviderUsed(vec![user(1)]));
        given::<Organization>(history()).when(used(true, vec![user(1)])).then([forced()]);
    }

    fn forced() -> Event {
        Dissociated { forced: true, provider_id: place().provider }.into()
    }

    #[test]
    fn what_was_not_forced_is_written_as_ever() {
        let written = |event: Event| serde_json::to_value(event).unwrap();
        assert_eq!(written(dissociated()).as_object().unwrap().len(), 1);
        assert_eq!(written(forced())["forced"], true);
    }

    #[test]
    fn an_organization_is_dissociated_once() {
        let history = || vec![organization_registered("Acme"), associated()];
        given::<Organization>(history()).when(dissociate()).then([dissociated()]);
        let after = history().into_iter().chain([dissociated()]);
        given::<Organization>(after).when(dissociate()).then([]);
    }

    #[test]
    fn what_was_never_associated_is_not_dissociated() {
        given::<Organization>([organization_registered("Acme")])
            .when(dissociate())
            .then_refused(Error::NotAssociated);
        given::<Organization>([]).when(dissociate()).then_refused(Error::NotFound);
    }
}
