//! An organization's container profile: image, command, environment, secrets, resources and where
//! its containers may run.
//!
//! **Invariants**
//! - A profile stays with its organization and its provider for ever.
//! - It refers to its provider, its image and each of its secrets, so that none of them is removed
//!   while it uses them; its workloads refer to it.
//! - The state counts its own events: a workload pins the version it was made from.

pub mod change;
pub mod command_line;
pub mod define;
pub mod definition;
pub mod environment;
pub mod error;
pub mod mount;
pub mod remove;
pub mod resources;

pub use definition::Definition;
pub use error::Error;
pub use mount::Mount;
pub use resources::Resources;

use crate::{
    Aggregate, StreamId, Version,
    claim::{Claim, UniqueName},
    event::events,
    ids::{OrganizationId, ProfileId, SecretId},
    name::Name,
    tag::Tag,
};
use std::collections::BTreeSet;

events! {
    /// What an organization decided about one of its profiles.
    pub enum Event {
        /// A new profile.
        Defined(Definition) = "ProfileDefined",
        /// What is made from it next is made otherwise.
        Changed(change::Changed) = "ProfileChanged",
        /// Nothing more is made from it.
        Removed(remove::Removed) = "ProfileRemoved",
    }
}

/// An intention about a profile.
#[derive(Clone, Debug)]
pub enum Command {
    /// `DefineProfile`
    Define(Box<Definition>),
    /// `ChangeProfile`
    Change(Box<change::ChangeProfile>),
    /// `RemoveProfile`
    Remove,
}

/// A profile, as far as its history goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Profile {
    /// Nobody defined it.
    #[default]
    Absent,
    /// Defined.
    Present(Defined),
    /// Removed by this organization; its name is free again.
    Removed(OrganizationId),
}

/// A defined profile.
#[derive(Clone, Debug, PartialEq)]
pub struct Defined {
    /// How many events made it: what a workload pins.
    pub version: Version,
    /// What it says.
    pub definition: Definition,
}

impl Profile {
    /// The profile, if it is one of this organization.
    ///
    /// # Errors
    /// `Error::NotFound` and `Error::Removed`.
    pub fn of(&self, organization: OrganizationId) -> Result<&Defined, Error> {
        match self {
            Self::Present(defined) if defined.definition.organization_id == organization => {
                Ok(defined)
            }
            Self::Removed(of) if *of == organization => Err(Error::Removed),
            Self::Present(_) | Self::Absent | Self::Removed(_) => Err(Error::NotFound),
        }
    }

    fn present(&self) -> Result<&Defined, Error> {
        match self {
            Self::Present(defined) => Ok(defined),
            Self::Absent => Err(Error::NotFound),
            Self::Removed(_) => Err(Error::Removed),
        }
    }
}

impl Aggregate for Profile {
    type Id = ProfileId;
    type Command = Command;
    type Event = Event;
    type Error = Error;

    fn stream(id: ProfileId) -> StreamId {
        StreamId::profile(id)
    }

    fn own(event: &crate::Event) -> Option<&Event> {
        if let crate::Event::Profile(event) = event { Some(event) } else { None }
    }

    fn decide(&self, command: Command) -> Result<Vec<Event>, Error> {
        match command {
            Command::Define(definition) => define::decide(self, *definition),
            Command::Change(change) => change::decide(self.present()?, *change),
            Command::Remove => remove::decide(self),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        let mut defined = match (self, event) {
            (_, Event::Defined(definition)) => {
                let version = Version::NONE.next();
                return Self::Present(Defined { version, definition: definition.clone() });
            }
            (_, Event::Removed(removed)) => return Self::Removed(removed.organization_id),
            (Self::Present(defined), _) => defined,
            (other @ (Self::Absent | Self::Removed(_)), _) => return other,
        };
        defined.version = defined.version.next();
        match event {
            Event::Defined(_) | Event::Removed(_) => {}
            Event::Changed(changed) => changed.apply(&mut defined),
        }
        Self::Present(defined)
    }

    fn tags(id: ProfileId, event: &Event) -> Vec<Tag> {
        let (organization, provider) = match event {
            Event::Defined(event) => (event.organization_id, event.provider_id),
            Event::Changed(event) => (event.organization_id, event.provider_id),
            Event::Removed(event) => (event.organization_id, event.provider_id),
        };
        vec![Tag::organization(organization), Tag::profile(id), Tag::provider(provider)]
    }

    fn claims(&self, event: &Event) -> Vec<Claim> {
        match event {
            Event::Defined(definition) => {
                let name = unique(definition.organization_id, &definition.name);
                let used = [
                    StreamId::provider(definition.provider_id),
                    StreamId::image(definition.image_id),
                ];
                let secrets = definition.secret_ids().into_iter().map(StreamId::secret);
                let refer = used.into_iter().chain(secrets).map(Claim::Refer);
                [Claim::Take(name)].into_iter().chain(refer).collect()
            }
            Event::Changed(changed) => changed_claims(changed),
            Event::Removed(removed) => {
                let name = |defined: &Defined| {
                    Claim::Free(unique(removed.organization_id, &defined.definition.name))
                };
                let free = self.present().ok().map(name);
                free.into_iter().chain([Claim::End]).collect()
            }
        }
    }
}

fn changed_claims(changed: &change::Changed) -> Vec<Claim> {
    let mut claims = vec![];
    if let Some(name) = &changed.name {
        let unique = |name| unique(changed.organization_id, name);
        claims.extend([Claim::Free(unique(&name.before)), Claim::Take(unique(&name.after))]);
    }
    if let Some(image) = &changed.image_id {
        claims.extend([
            Claim::Unrefer(StreamId::image(image.before)),
            Claim::Refer(StreamId::image(image.after)),
        ]);
    }
    if let Some(secrets) = &changed.secrets {
        let ids = |mounts: &[Mount]| mounts.iter().map(|mount| mount.secret_id).collect();
        claims.extend(swap_secrets(&ids(&secrets.before), &ids(&secrets.after)));
    }
    claims
}

/// Lets go of the secrets that are no longer used, and holds those that are new.
pub(crate) fn swap_secrets(before: &BTreeSet<SecretId>, after: &BTreeSet<SecretId>) -> Vec<Claim> {
    let secret = |id: &SecretId| StreamId::secret(*id);
    let gone = before.difference(after).map(secret).map(Claim::Unrefer);
    gone.chain(after.difference(before).map(secret).map(Claim::Refer)).collect()
}

/// A name is unique within the organization.
fn unique(organization: OrganizationId, name: &Name) -> UniqueName {
    UniqueName { scope: "profile", key: format!("{organization}/{}", name.key()) }
}
