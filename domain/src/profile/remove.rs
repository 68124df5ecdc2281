//! `RemoveProfile`: nothing more is made from it. Refused while workloads are made from it, which
//! the log judges: they refer to it.

use super::{Error, Event, Profile};
use crate::ids::{OrganizationId, ProviderId};
use serde::{Deserialize, Serialize};

/// A profile was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Removed {
    /// Whose it was.
    pub organization_id: OrganizationId,
    /// Where its containers ran.
    pub provider_id: ProviderId,
}

pub(super) fn decide(profile: &Profile) -> Result<Vec<Event>, Error> {
    match profile {
        Profile::Absent => Err(Error::NotFound),
        Profile::Present(defined) => {
            let organization_id = defined.definition.organization_id;
            let provider_id = defined.definition.provider_id;
            Ok(vec![Event::Removed(Removed { organization_id, provider_id })])
        }
        // Done already: a client may retry.
        Profile::Removed(_) => Ok(vec![]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Aggregate,
        claim::{Claim, UniqueName},
        profile::Command,
        testing::{
            fold, given,
            profile::{defined, definition, removed, tenant},
        },
    };

    #[test]
    fn a_profile_is_removed_once() {
        given::<Profile>([defined("web")]).when(Command::Remove).then([removed()]);
        given::<Profile>([defined("web"), removed()]).when(Command::Remove).then([]);
        given::<Profile>([]).when(Command::Remove).then_refused(Error::NotFound);
    }

    #[test]
    fn a_removed_profile_is_not_defined_again() {
        given::<Profile>([defined("web"), removed()])
            .when(Command::Define(Box::new(definition("web"))))
            .then_refused(Error::Removed);
    }

    #[test]
    fn a_removed_profile_gives_its_name_up_and_ends() {
        let name = UniqueName { scope: "profile", key: format!("{}/web", tenant()) };
        let profile = fold::<Profile>([defined("web")]);
        assert_eq!(profile.claims(&removed()), [Claim::Free(name), Claim::End]);
    }
}
