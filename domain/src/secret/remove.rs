//! `RemoveSecret`: it is gone, and its values are shredded. The log refuses this while a profile
//! refers to it.

use super::{Event, Known, SecretName};
use crate::ids::ProviderId;
use serde::{Deserialize, Serialize};

/// A secret was removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Removed {
    /// What it was called, so that the history reads without looking anything up.
    pub name: SecretName,
    /// The provider it belonged to.
    pub provider_id: ProviderId,
}

pub(super) fn decide(secret: &Known) -> Vec<Event> {
    let (name, provider_id) = (secret.name.clone(), secret.provider);
    vec![Event::Removed(Removed { name, provider_id })]
}

#[cfg(test)]
mod tests {
    use crate::{
        secret::{Command, Error, Secret},
        testing::{given, secret},
    };

    #[test]
    fn a_secret_is_removed_once() {
        let created = || secret::created("db", 1);
        given::<Secret>([created()]).when(Command::Remove).then([secret::removed("db")]);
        given::<Secret>([created(), secret::removed("db")]).when(Command::Remove).then([]);
    }

    #[test]
    fn an_unknown_secret_is_not_removed() {
        given::<Secret>([]).when(Command::Remove).then_refused(Error::NotFound);
    }
}
