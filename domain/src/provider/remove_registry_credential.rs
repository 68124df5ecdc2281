//! `RemoveRegistryCredential`: images of a registry are pulled with no credential any more, and
//! user and password are shredded.

use super::{Error, Event, Registered};
use crate::{image::Registry, kept::Kept};
use serde::{Deserialize, Serialize};

/// The credential of a registry is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RegistryCredentialRemoved {
    /// Where user and password were.
    pub credential: Kept,
    /// Which registry.
    pub registry: Registry,
}

pub(super) fn decide(provider: &Registered, registry: Registry) -> Result<Vec<Event>, Error> {
    let credential = provider.registries.get(&registry).cloned();
    let credential = credential.ok_or(Error::RegistryNotFound)?;
    let removed = RegistryCredentialRemoved { credential, registry };
    Ok(vec![Event::RegistryCredentialRemoved(removed)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        provider::{Command, DeploymentMode, Provider},
        testing::{
            created, given,
            registry::{registry, removed, set},
        },
    };

    fn command() -> Command {
        Command::RemoveRegistryCredential(registry("a.example"))
    }

    #[test]
    fn a_credential_is_removed() {
        given::<Provider>([created(DeploymentMode::Single), set("a.example", 1, None)])
            .when(command())
            .then([removed("a.example", 1)]);
    }

    #[test]
    fn a_credential_that_is_not_there_is_not_removed() {
        let created = || created(DeploymentMode::Single);
        given::<Provider>([created(), set("b.example", 1, None)])
            .when(command())
            .then_refused(Error::RegistryNotFound);
        given::<Provider>([created(), set("a.example", 1, None), removed("a.example", 1)])
            .when(command())
            .then_refused(Error::RegistryNotFound);
        given::<Provider>([]).when(command()).then_refused(Error::NotFound);
    }
}
