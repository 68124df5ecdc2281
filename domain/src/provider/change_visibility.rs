//! `ChangeProviderVisibility`: public or private. Nobody who uses a provider is shut out of it
//! unawares: an organization that does is associated first.

use super::{Error, Event, Registered, Visibility};
use crate::{change::Change, ids::OrganizationId, name::Name};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Public or private.
#[derive(Clone, Debug)]
pub struct ChangeVisibility {
    /// What is wanted.
    pub visibility: Visibility,
    /// The organizations that use the provider and are not associated with it.
    pub outsiders: BTreeMap<OrganizationId, Name>,
}

/// A provider became public or private.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VisibilityChanged {
    /// Before and after.
    pub visibility: Change<Visibility>,
}

pub(super) fn decide(provider: &Registered, change: ChangeVisibility) -> Result<Vec<Event>, Error> {
    let Some(visibility) = Change::wanted(&provider.visibility, Some(change.visibility)) else {
        return Ok(vec![]);
    };
    if visibility.after == Visibility::Private && !change.outsiders.is_empty() {
        return Err(Error::ShutOut(change.outsiders));
    }
    Ok(vec![Event::VisibilityChanged(VisibilityChanged { visibility })])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        provider::{Command, DeploymentMode, Provider},
        testing::{created, given, made_private, made_public, name},
    };

    fn change(visibility: Visibility, outsiders: &[&str]) -> Command {
        let outsider = |(number, called): (u128, &&str)| {
            (OrganizationId(uuid::Uuid::from_u128(number)), name(called))
        };
        let outsiders = (1..).zip(outsiders).map(outsider).collect();
        Command::ChangeVisibility(ChangeVisibility { visibility, outsiders })
    }

    #[test]
    fn a_public_provider_turns_private() {
        given::<Provider>([created(DeploymentMode::Single)])
            .when(change(Visibility::Private, &[]))
            .then([made_private()]);
    }

    #[test]
    fn the_same_visibility_again_changes_nothing() {
        given::<Provider>([created(DeploymentMode::Single), made_private()])
            .when(change(Visibility::Private, &[]))
            .then([]);
    }

    #[test]
    fn an_unknown_provider_has_no_visibility() {
        given::<Provider>([]).when(change(Visibility::Private, &[])).then_refused(Error::NotFound);
    }

    #[test]
    fn nobody_who_uses_it_is_shut_out() {
        let outsiders = [(OrganizationId(uuid::Uuid::from_u128(1)), name("Acme"))].into();
        given::<Provider>([created(DeploymentMode::Single)])
            .when(change(Visibility::Private, &["Acme"]))
            .then_refused(Error::ShutOut(outsiders));
    }

    #[test]
    fn a_private_provider_turns_public_whoever_uses_it() {
        given::<Provider>([created(DeploymentMode::Single), made_private()])
            .when(change(Visibility::Public, &["Acme"]))
            .then([made_public()]);
        given::<Provider>([created(DeploymentMode::Single), made_private()])
            .when(change(Visibility::Private, &["Acme"]))
            .then([]);
    }
}
