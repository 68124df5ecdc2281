//! A secret of a provider: a named value that workloads mount. The value is in the vault; here are
//! its name, and which version of it is meant.
//!
//! **Invariants**
//! - No two secrets of a provider have the same name.
//! - Another version has another value: the same value again is no rotation.
//! - A removed secret does not come back: the same name, created again, is another secret.

pub mod create;
pub mod name;
pub mod remove;
pub mod rotate;

pub use name::SecretName;

use crate::{
    Aggregate, StreamId,
    claim::{Claim, UniqueName},
    event::events,
    ids::{ProviderId, RecordId, SecretId},
    kept::Kept,
    tag::Tag,
};

events! {
    /// What administrators decided about a secret.
    pub enum Event {
        /// A new secret.
        Created(create::Created) = "SecretCreated",
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
            (Self::Present(_), Command::Create(_)) => Err(Error::AlreadyExists),
            (Self::Removed(_), Command::Create(_)) => Err(Error::Removed),
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
            (Self::Absent, _) => Self::Absent,
            (Self::Present(known), Event::Rotated(rotated)) => {
                Self::Present(Known { value: rotated.value.after.clone(), ..known })
            }
            (Self::Present(known), Event::Removed(_)) => Self::Removed(known.provider),
        }
    }

    fn tags(id: SecretId, event: &Event) -> Vec<Tag> {
        let provider = match event {
            Event::Created(event) => event.provider_id,
            Event::Rotated(event) => event.provider_id,
            Event::Removed(event) => event.provider_id,
        };
        vec![Tag::provider(provider), Tag::secret(id)]
    }

    fn claims(&self, event: &Event) -> Vec<Claim> {
        match (event, self) {
            (Event::Created(event), _) => vec![
                Claim::Take(unique(event.provider_id, &event.name)),
                Claim::Refer(StreamId::provider(event.provider_id)),
            ],
            (Event::Removed(_), Self::Present(known)) => {
                vec![Claim::Free(unique(known.provider, &known.name)), Claim::End]
            }
            (Event::Removed(_), Self::Absent | Self::Removed(_)) => vec![Claim::End],
            (Event::Rotated(_), _) => vec![],
        }
    }
}

/// A name is unique on its provider.
fn unique(provider: ProviderId, name: &SecretName) -> UniqueName {
    UniqueName { scope: "secret", key: format!("{provider}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{fold, place, secret};

    #[test]
    fn a_secret_takes_its_name_and_holds_its_provider_until_it_is_removed() {
        let (created, removed) = (secret::created("db", 1), secret::removed("db"));
        let name = unique(place().provider, &secret::name("db"));
        let taken = [Claim::Take(name.clone()), Claim::Refer(StreamId::provider(place().provider))];
        assert_eq!(Secret::Absent.claims(&created), taken);
        assert_eq!(fold::<Secret>([created]).claims(&removed), [Claim::Free(name), Claim::End]);
    }

    #[test]
    fn a_removed_secret_needs_its_record_no_more() {
        let there = [secret::created("db", 1), secret::rotated(1, 2)];
        assert_eq!(fold::<Secret>(there.clone()).kept(), Some(secret::value(2).record_id));
        let gone = there.into_iter().chain([secret::removed("db")]);
        assert_eq!(fold::<Secret>(gone).kept(), None);
    }
}
