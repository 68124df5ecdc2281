//! An organization's container profile: image, command, environment, secrets, resources and where
//! its containers may run.
//!
//! **Invariants**
//! - A profile stays with its organization and its provider for ever.
//! - It refers to its provider, its image and each of its secrets, so that none of them is removed
//!   while it uses them; its workloads refer to it.
//! - The state counts its own events: a workload pins the version it was made from.

pub mod command_line;
pub mod define;
pub mod definition;
pub mod environment;
pub mod error;
pub mod mount;
pub mod resources;

pub use definition::Definition;
pub use error::Error;
pub use mount::Mount;
pub use resources::Resources;

use crate::{
    Aggregate, StreamId, Version,
    claim::{Claim, UniqueName},
    event::events,
    ids::{OrganizationId, ProfileId},
    name::Name,
    tag::Tag,
};

events! {
    /// What an organization decided about one of its profiles.
    pub enum Event {
        /// A new profile.
        Defined(Definition) = "ProfileDefined",
    }
}

/// An intention about a profile.
#[derive(Clone, Debug)]
pub enum Command {
    /// `DefineProfile`
    Define(Box<Definition>),
}

/// A profile, as far as its history goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Profile {
    /// Nobody defined it.
    #[default]
    Absent,
    /// Defined.
    Present(Defined),
    /// Removed; its name is free again.
    Removed,
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
            Self::Present(_) | Self::Absent => Err(Error::NotFound),
            Self::Removed => Err(Error::Removed),
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
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match event {
            Event::Defined(definition) => {
                let version = Version::NONE.next();
                Self::Present(Defined { version, definition: definition.clone() })
            }
        }
    }

    fn tags(id: ProfileId, event: &Event) -> Vec<Tag> {
        let (organization, provider) = match event {
            Event::Defined(event) => (event.organization_id, event.provider_id),
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
        }
    }
}

/// A name is unique within the organization.
fn unique(organization: OrganizationId, name: &Name) -> UniqueName {
    UniqueName { scope: "profile", key: format!("{organization}/{}", name.key()) }
}
