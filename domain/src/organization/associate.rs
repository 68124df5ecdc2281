//! `AssociateOrg`: the organization may use a private provider. A public one may be associated too,
//! so that it can turn private without shutting anybody out.

use super::Event;
use crate::ids::ProviderId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An organization may use a provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Associated {
    /// The provider.
    pub provider_id: ProviderId,
}

pub(super) fn decide(providers: &BTreeSet<ProviderId>, provider_id: ProviderId) -> Vec<Event> {
    if providers.contains(&provider_id) {
        return vec![];
    }
    vec![Event::Associated(Associated { provider_id })]
}

#[cfg(test)]
mod tests {
    use crate::{
        organization::{Command, Error, Organization},
        testing::{associated, given, organization_registered, place},
    };

    #[test]
    fn an_organization_is_associated_once() {
        let associate = || Command::Associate(place().provider);
        let registered = || organization_registered("Acme");
        given::<Organization>([registered()]).when(associate()).then([associated()]);
        given::<Organization>([registered(), associated()]).when(associate()).then([]);
    }

    #[test]
    fn an_unknown_organization_is_not_associated() {
        given::<Organization>([])
            .when(Command::Associate(place().provider))
            .then_refused(Error::NotFound);
    }
}
