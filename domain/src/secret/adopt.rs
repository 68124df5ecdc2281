//! `AdoptSecret`: what somebody made on a cluster by hand becomes a secret of Berth.
//!
//! No engine gives a value back, so who adopts brings it along. From then on it is as any other: on
//! every cluster, rotated, put back. What was there before belongs to whoever made it, and stays.

use super::{Event, Known, SecretName};
use crate::{
    ids::{ClusterId, ProviderId},
    kept::Kept,
    secret_observation::Object,
};
use serde::{Deserialize, Serialize};

/// Keeps a value under a name, in the place of what is on a cluster.
#[derive(Clone, Debug)]
pub struct Adopt {
    /// The provider.
    pub provider: ProviderId,
    /// The cluster.
    pub cluster: ClusterId,
    /// What is there.
    pub object: Object,
    /// Unique on the provider.
    pub name: SecretName,
    /// Where the value is.
    pub value: Kept,
}

/// What was on a cluster was adopted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Adopted {
    /// The cluster that it was on.
    pub cluster_id: ClusterId,
    /// Unique on the provider.
    pub name: SecretName,
    /// What was there, and stays there.
    pub object: Object,
    /// The provider it belongs to.
    pub provider_id: ProviderId,
    /// Where the value is.
    pub value: Kept,
}

impl Adopted {
    pub(super) fn known(&self) -> Known {
        Known {
            provider: self.provider_id,
            name: self.name.clone(),
            value: self.value.clone(),
            adopted: Some((self.cluster_id, self.object.native_id.clone())),
        }
    }
}

pub(super) fn decide(adopt: Adopt) -> Vec<Event> {
    let Adopt { provider: provider_id, cluster: cluster_id, object, name, value } = adopt;
    vec![Event::Adopted(Adopted { cluster_id, name, object, provider_id, value })]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        secret::{Command, Error, Secret},
        testing::{cluster, given, place, secret, secret_observation::object},
    };

    fn adopt() -> Command {
        let (provider, cluster) = (place().provider, cluster(1).id);
        let (name, value, object) = (secret::name("db"), secret::value(1), object(1, "a"));
        Command::Adopt(Adopt { provider, cluster, object, name, value })
    }

    #[test]
    fn what_is_there_is_adopted_once_and_is_a_secret_as_any_other() {
        given::<Secret>([]).when(adopt()).then([secret::adopted("db", 1)]);
        given::<Secret>([secret::adopted("db", 1)])
            .when(adopt())
            .then_refused(Error::AlreadyExists);
        given::<Secret>([secret::adopted("db", 1)])
            .when(Command::Rotate(secret::value(2)))
            .then([secret::rotated(1, 2)]);
        given::<Secret>([secret::adopted("db", 1), secret::removed("db")])
            .when(adopt())
            .then_refused(Error::Removed);
    }
}
