//! `CreateSecret`: a value under a name, for the workloads of a provider.

use super::{Event, Known, SecretName};
use crate::{ids::ProviderId, kept::Kept};
use serde::{Deserialize, Serialize};

/// Keeps a value under a name.
#[derive(Clone, Debug)]
pub struct Create {
    /// The provider.
    pub provider: ProviderId,
    /// Unique on the provider.
    pub name: SecretName,
    /// Where the value is.
    pub value: Kept,
}

/// A secret was created.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Created {
    /// Unique on the provider.
    pub name: SecretName,
    /// The provider it belongs to.
    pub provider_id: ProviderId,
    /// Where the value is.
    pub value: Kept,
}

impl Created {
    pub(super) fn known(&self) -> Known {
        Known {
            provider: self.provider_id,
            name: self.name.clone(),
            value: self.value.clone(),
            adopted: None,
        }
    }
}

pub(super) fn decide(create: Create) -> Vec<Event> {
    let Create { provider: provider_id, name, value } = create;
    vec![Event::Created(Created { name, provider_id, value })]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        secret::{Command, Error, Secret},
        testing::{given, place, secret},
    };

    fn create() -> Command {
        let (name, value) = (secret::name("db"), secret::value(1));
        Command::Create(Create { provider: place().provider, name, value })
    }

    #[test]
    fn a_secret_is_created_once() {
        given::<Secret>([]).when(create()).then([secret::created("db", 1)]);
        given::<Secret>([secret::created("db", 1)])
            .when(create())
            .then_refused(Error::AlreadyExists);
    }

    #[test]
    fn a_removed_secret_does_not_come_back() {
        given::<Secret>([secret::created("db", 1), secret::removed("db")])
            .when(create())
            .then_refused(Error::Removed);
    }
}
