//! A secret of a provider: a named value that workloads mount. The value is in the vault; here are
//! its name, and which version of it is meant.
//!
//! **Invariants**
//! - No two secrets of a provider have the same name.
//! - Another version has another value: the same value again is no rotation.
//! - A removed secret does not come back: the same name, created again, is another secret.

pub mod adopt;
pub mod create;
pub mod name;
pub mod remove;
pub mod rotate;

pub use name::SecretName;

use crate::{
    Aggregate, StreamId,
    claim::{Claim, UniqueName},
    event::events,
    ids::{ClusterId, ProviderId, RecordId, SecretId},
    kept::Kept,
    tag::Tag,
};

/// Where what was adopted is named by its cluster and its id there.
pub const ADOPTED_SCOPE: &str = "adopted_secret";

events! {
    /// What administrators decided about a secret.
    pub enum Event {
        /// A new secret.
        Created(create::Created) = "SecretCreated",
        /// What somebody had made on a cluster.
        Adopted(adopt::Adopted) = "SecretAdopted",
        /// Another value.
        Rotated(rotate::Rotated) = "SecretRotated",
        /// It is gone, and its values with it.
        Removed(remove::Removed) = "SecretRemoved",
    }
}

/// An intention about a secret.
#[derive(Clone, Debug)]
pub enum Command {
    /// `CreateSecret`
    Create(create::Create),
    /// `AdoptSecret`
    Adopt(adopt::Adopt),
    /// `RotateSecret`
    Rotate(Kept),
    /// `RemoveSecret`
    Remove,
}

/// Why a command about a secret is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody created it on this provider.
    #[error("the provider has no such secret")]
    NotFound,
    /// The id is taken: another command created it.
    #[error("the secret exists already")]
    AlreadyExists,
    /// It was there once.
    #[error("the secret was removed")]
    Removed,
}

/// A secret, as far as its history goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Secret {
    /// Nobody created it.
    #[default]
    Absent,
    /// Created.
    Present(Known),
    /// Removed from this provider.
    Removed(ProviderId),
}

/// What is known of a secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The provider it belongs to.
    pub provider: ProviderId,
    /// Unique on the provider.
    pub name: SecretName,
    /// Where its value is, and which version of it holds.
    pub value: Kept,
    /// What was on a cluster before, where somebody had made it there.
    pub adopted: Option<(ClusterId, String)>,
}

impl Secret {
    /// The most bytes of a value: Docker Swarm refuses one of 500 KiB and more, though it says
    /// that it takes as much.
    pub const VALUE_BYTES_MAX: usize = 500 * 1024 - 1;

    /// The secret.
    ///
    /// # Errors
    /// `Error::NotFound` where nobody created it, `Error::Removed` once it is removed.
    pub fn present(&self) -> Result<&Known, Error> {
        match self {
            Self::Present(known) => Ok(known),
            Self::Absent => Err(Error::NotFound),
            Self::Removed(_) => Err(Error::Removed),
        }
    }

    /// The provider that it belongs to, or belonged to.
    #[must_use]
    pub fn provider(&self) -> Option<ProviderId> {
        match self {
            Self::Absent => None,
            Self::Present(known) => Some(known.provider),
            Self::Removed(provider) => Some(*provider),
        }
    }

    /// The record of the vault that it still needs.
    #[must_use]
    pub fn kept(&self) -> Option<RecordId> {
        self.present().ok().map(|known| known.value.record_id)
    }
}

impl Aggregate for Secret {
    type Id = SecretId;
    type Command = Command;
    type Event = Event;
    type Error = Error;

    fn stream(id: SecretId) -> StreamId {
        StreamId::secret(id)
    }

    fn own(event: &crate::Event) -> Option<&Event> {
        if let crate::Event::Secret(event) = event { Some(event) } else { None }
    }

    fn decide(&self, command: Command) -> Result<Vec<Event>, Error> {
        match (self, command) {
            (Self::Absent, Command::Create(create)) => Ok(create::decide(create)),
            (Self::Absent, Command::Adopt(adopt)) => Ok(adopt::decide(adopt)),
            (Self::Present(_), Command::Create(_) | Command::Adopt(_)) => Err(Error::AlreadyExists),
            (Self::Removed(_), Command::Create(_) | Command::Adopt(_)) => Err(Error::Removed),
            (secret, Command::Rotate(value)) => Ok(rotate::decide(secret.present()?, value)),
            // Done already: a client may retry.
            (Self::Removed(_), Command::Remove) => Ok(vec![]),
            (secret, Command::Remove) => Ok(remove::decide(secret.present()?)),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (removed @ Self::Removed(_), _) => removed,
            (_, Event::Created(created)) => Self::Present(created.known()),
            (_, Event::Adopted(adopted)) => Self::Present(adopted.known()),
            (Self::Absent, _) => Self::Absent,
            (Self::Present(known), Event::Rotated(rotated)) => {
                Self::Present(Known { value: rotated.value.after.clone(), ..known })
            }
            (Self::Present(known), Event::Removed(_)) => Self::Removed(known.provider),
        }
    }

    fn tags(id: SecretId, event: &Event) -> Vec<Tag> {
        let (cluster, provider) = match event {
            Event::Created(event) => (None, event.provider_id),
            Event::Adopted(event) => (Some(event.cluster_id), event.provider_id),
            Event::Rotated(event) => (None, event.provider_id),
            Event::Removed(event) => (None, event.provider_id),
        };
        let cluster = cluster.map(Tag::cluster).into_iter();
        cluster.chain([Tag::provider(provider), Tag::secret(id)]).collect()
    }

    fn claims(&self, event: &Event) -> Vec<Claim> {
        match (event, self) {
            (Event::Created(event), _) => vec![
                Claim::Take(unique(event.provider_id, &event.name)),
                Claim::Refer(StreamId::provider(event.provider_id)),
            ],
            (Event::Adopted(event), _) => vec![
                Claim::Take(unique(event.provider_id, &event.name)),
                Claim::Take(adopted(event.cluster_id, &event.object.native_id)),
                Claim::Refer(StreamId::provider(event.provider_id)),
            ],
            (Event::Removed(_), Self::Present(known)) => {
                let adopted = known.adopted.as_ref().map(|(cluster, id)| adopted(*cluster, id));
                let names = [unique(known.provider, &known.name)].into_iter().chain(adopted);
                names.map(Claim::Free).chain([Claim::End]).collect()
            }
            (Event::Removed(_), Self::Absent | Self::Removed(_)) => vec![Claim::End],
            (Event::Rotated(_), _) => vec![],
        }
    }
}

/// What is on a cluster is adopted once.
fn adopted(cluster: ClusterId, native_id: &str) -> UniqueName {
    UniqueName { scope: ADOPTED_SCOPE, key: format!("{cluster}/{native_id}") }
}

/// A name is unique on its provider.
fn unique(provider: ProviderId, name: &SecretName) -> UniqueName {
    UniqueName { scope: "secret", key: format!("{provider}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{cluster, fold, place, secret};

    #[test]
    fn a_secret_takes_its_name_and_holds_its_provider_until_it_is_removed() {
        let (created, removed) = (secret::created("db", 1), secret::removed("db"));
        let name = unique(place().provider, &secret::name("db"));
        let taken = [Claim::Take(name.clone()), Claim::Refer(StreamId::provider(place().provider))];
        assert_eq!(Secret::Absent.claims(&created), taken);
        assert_eq!(fold::<Secret>([created]).claims(&removed), [Claim::Free(name), Claim::End]);
    }

    #[test]
    fn what_is_adopted_is_taken_until_the_secret_is_removed() {
        let names = [unique(place().provider, &secret::name("db")), adopted(cluster(1).id, "a")];
        let refer = Claim::Refer(StreamId::provider(place().provider));
        let taken = names.clone().map(Claim::Take).into_iter().chain([refer]);
        let adopted = secret::adopted("db", 1);
        assert_eq!(Secret::Absent.claims(&adopted), taken.collect::<Vec<_>>());
        let freed = names.map(Claim::Free).into_iter().chain([Claim::End]);
        let claims = fold::<Secret>([adopted]).claims(&secret::removed("db"));
        assert_eq!(claims, freed.collect::<Vec<_>>());
    }

    #[test]
    fn a_removed_secret_needs_its_record_no_more() {
        let there = [secret::created("db", 1), secret::rotated(1, 2)];
        assert_eq!(fold::<Secret>(there.clone()).kept(), Some(secret::value(2).record_id));
        let gone = there.into_iter().chain([secret::removed("db")]);
        assert_eq!(fold::<Secret>(gone).kept(), None);
    }
}
