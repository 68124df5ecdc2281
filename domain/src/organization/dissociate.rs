//! `DissociateOrg`: the organization may no longer use a private provider.

use super::{Error, Event};
use crate::ids::ProviderId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An organization may no longer use a provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Dissociated {
    /// The provider.
    pub provider_id: ProviderId,
}

pub(super) fn decide(
    providers: &BTreeSet<ProviderId>,
    former: &BTreeSet<ProviderId>,
    provider_id: ProviderId,
) -> Result<Vec<Event>, Error> {
    match (providers.contains(&provider_id), former.contains(&provider_id)) {
        (true, _) => Ok(vec![Event::Dissociated(Dissociated { provider_id })]),
        // Done already: a client may retry.
        (false, true) => Ok(vec![]),
        (false, false) => Err(Error::NotAssociated),
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        organization::{Command, Error, Organization},
        testing::{associated, dissociated, given, organization_registered, place},
    };

    fn dissociate() -> Command {
        Command::Dissociate(place().provider)
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
