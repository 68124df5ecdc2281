//! `SetRegistryCredential`: with whom images are pulled from a registry. User and password are in
//! the vault, each pair in a record of its own, so that the one before can be shredded.

use super::{Error, Event, Registered};
use crate::{image::Registry, kept::Kept};
use serde::{Deserialize, Serialize};

/// Sets the credential of a registry, or another one.
#[derive(Clone, Debug)]
pub struct SetRegistryCredential {
    /// Which registry.
    pub registry: Registry,
    /// Where user and password are.
    pub credential: Kept,
}

/// A registry has another credential, or its first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RegistryCredentialSet {
    /// Where user and password are.
    pub credential: Kept,
    /// Which registry.
    pub registry: Registry,
    /// Where those before were, if there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Kept>,
}

impl RegistryCredentialSet {
    pub(super) fn apply(&self, provider: &mut Registered) {
        provider.registries.insert(self.registry.clone(), self.credential.clone());
    }
}

pub(super) fn decide(
    provider: &Registered,
    set: SetRegistryCredential,
) -> Result<Vec<Event>, Error> {
    let SetRegistryCredential { registry, credential } = set;
    let replaced = provider.registries.get(&registry).cloned();
    if replaced.as_ref() == Some(&credential) {
        return Ok(vec![]);
    }
    if replaced.is_none() && provider.registries.len() >= Registered::REGISTRIES_MAX {
        return Err(Error::TooManyRegistries { most: Registered::REGISTRIES_MAX });
    }
    Ok(vec![Event::RegistryCredentialSet(RegistryCredentialSet { credential, registry, replaced })])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        provider::{Command, DeploymentMode, Provider},
        testing::{
            created, fold, given, provider_removed,
            registry::{credential, registry, removed, set},
        },
    };

    fn command(name: &str, number: u8) -> Command {
        let (registry, credential) = (registry(name), credential(number));
        Command::SetRegistryCredential(SetRegistryCredential { registry, credential })
    }

    #[test]
    fn a_credential_is_set_and_replaced() {
        let created = || created(DeploymentMode::Single);
        given::<Provider>([created()]).when(command("a.example", 1)).then([set(
            "a.example",
            1,
            None,
        )]);
        given::<Provider>([created(), set("a.example", 1, None)])
            .when(command("a.example", 2))
            .then([set("a.example", 2, Some(1))]);
    }

    #[test]
    fn a_removed_credential_is_set_anew() {
        let history =
            [created(DeploymentMode::Single), set("a.example", 1, None), removed("a.example", 1)];
        given::<Provider>(history).when(command("a.example", 2)).then([set("a.example", 2, None)]);
    }

    #[test]
    fn the_same_credential_again_changes_nothing() {
        given::<Provider>([created(DeploymentMode::Single), set("a.example", 1, None)])
            .when(command("a.example", 1))
            .then([]);
    }

    #[test]
    fn one_registry_too_many_is_refused_and_another_credential_is_not() {
        let most = Registered::REGISTRIES_MAX;
        let full = || {
            let each = (0..most).map(|number| set(&format!("r{number}.example"), 1, None));
            given::<Provider>([created(DeploymentMode::Single)].into_iter().chain(each))
        };
        full().when(command("a.example", 2)).then_refused(Error::TooManyRegistries { most });
        full().when(command("r7.example", 2)).then([set("r7.example", 2, Some(1))]);
    }

    #[test]
    fn nobody_pulls_for_a_provider_that_is_not_there() {
        given::<Provider>([]).when(command("a.example", 1)).then_refused(Error::NotFound);
        given::<Provider>([created(DeploymentMode::Single), provider_removed(&[])])
            .when(command("a.example", 1))
            .then_refused(Error::Removed);
    }

    #[test]
    fn what_was_replaced_is_needed_no_more_and_nothing_once_the_provider_is_gone() {
        let history = vec![
            created(DeploymentMode::Single),
            set("a.example", 1, None),
            set("b.example", 2, None),
            set("a.example", 3, Some(1)),
        ];
        let kept = fold::<Provider>(history.clone()).kept();
        assert_eq!(kept, [credential(2).record_id, credential(3).record_id].into());
        let history = [history, vec![removed("b.example", 2)]].concat();
        let kept = fold::<Provider>(history.clone()).kept();
        assert_eq!(kept, [credential(3).record_id].into());
        let gone = history.into_iter().chain([provider_removed(&[])]);
        assert_eq!(fold::<Provider>(gone).kept(), [].into());
    }
}
