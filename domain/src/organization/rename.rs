//! `RenameOrganization`: another name; the one before is free again.

use super::Event;
use crate::{change::Change, name::Name};
use serde::{Deserialize, Serialize};

/// An organization has another name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Renamed {
    /// Before and after.
    pub name: Change<Name>,
}

pub(super) fn decide(before: &Name, wanted: Name) -> Vec<Event> {
    let change = Change::wanted(before, Some(wanted));
    change.map(|name| Event::Renamed(Renamed { name })).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use crate::{
        Aggregate,
        claim::{Claim, UniqueName},
        organization::{Command, Error, Organization},
        testing::{fold, given, name, organization_registered, organization_renamed},
    };

    #[test]
    fn an_organization_is_renamed_once() {
        let rename = || Command::Rename(name("Zenith"));
        let renamed = || organization_renamed("Acme", "Zenith");
        given::<Organization>([organization_registered("Acme")]).when(rename()).then([renamed()]);
        given::<Organization>([organization_registered("Acme"), renamed()]).when(rename()).then([]);
    }

    #[test]
    fn another_spelling_of_the_name_is_a_change() {
        given::<Organization>([organization_registered("Acme")])
            .when(Command::Rename(name("ACME")))
            .then([organization_renamed("Acme", "ACME")]);
    }

    #[test]
    fn an_unknown_organization_is_not_renamed() {
        given::<Organization>([])
            .when(Command::Rename(name("Zenith")))
            .then_refused(Error::NotFound);
    }

    #[test]
    fn a_new_name_is_taken_and_the_old_one_given_up() {
        let unique = |key: &str| UniqueName { scope: "organization", key: key.to_owned() };
        let organization = fold::<Organization>([organization_registered("Acme")]);
        assert_eq!(
            organization.claims(&organization_renamed("Acme", "Zenith")),
            [Claim::Free(unique("acme")), Claim::Take(unique("zenith"))]
        );
    }
}
