//! An organization: a tenant, and the providers it is associated with.

pub mod associate;
pub mod dissociate;
pub mod register;
pub mod rename;

use crate::{
    Aggregate, StreamId,
    claim::{Claim, UniqueName},
    event::events,
    ids::{OrganizationId, ProviderId},
    name::Name,
    provider::User,
    tag::Tag,
};
use std::collections::BTreeSet;

events! {
    /// A tenant and its associations.
    pub enum Event {
        /// A new tenant.
        Registered(register::Registered) = "OrganizationRegistered",
        /// Another name.
        Renamed(rename::Renamed) = "OrganizationRenamed",
        /// It may use a private provider.
        Associated(associate::Associated) = "OrgAssociated",
        /// It may no longer use a private provider.
        Dissociated(dissociate::Dissociated) = "OrgDissociated",
    }
}

/// An intention about an organization.
#[derive(Clone, Debug)]
pub enum Command {
    /// `RegisterOrganization`
    Register(Name),
    /// `RenameOrganization`
    Rename(Name),
    /// `AssociateOrg`
    Associate(ProviderId),
    /// `DissociateOrg`
    Dissociate(dissociate::Dissociate),
}

/// Why a command about an organization is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody registered it.
    #[error("there is no such organization")]
    NotFound,
    /// The id is taken: another command registered it.
    #[error("the organization exists already")]
    AlreadyExists,
    /// It was never associated with the provider.
    #[error("the organization is not associated with this provider")]
    NotAssociated,
    /// It would be shut out of a provider that it uses.
    #[error("the organization uses the provider; with `force` what runs there keeps running")]
    ProviderUsed(Vec<User>),
}

/// An organization, as far as its history goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Organization {
    /// Nobody registered it.
    #[default]
    Absent,
    /// Registered.
    Present {
        /// Shown and unique.
        name: Name,
        /// The providers it is associated with.
        providers: BTreeSet<ProviderId>,
        /// The providers it once was associated with.
        former: BTreeSet<ProviderId>,
    },
}

impl Aggregate for Organization {
    type Id = OrganizationId;
    type Command = Command;
    type Event = Event;
    type Error = Error;

    fn stream(id: OrganizationId) -> StreamId {
        StreamId::organization(id)
    }

    fn own(event: &crate::Event) -> Option<&Event> {
        if let crate::Event::Organization(event) = event { Some(event) } else { None }
    }

    fn decide(&self, command: Command) -> Result<Vec<Event>, Error> {
        match (self, command) {
            (Self::Absent, Command::Register(name)) => Ok(register::decide(name)),
            (Self::Present { .. }, Command::Register(_)) => Err(Error::AlreadyExists),
            (Self::Absent, Command::Rename(_) | Command::Associate(_) | Command::Dissociate(_)) => {
                Err(Error::NotFound)
            }
            (Self::Present { name, .. }, Command::Rename(wanted)) => {
                Ok(rename::decide(name, wanted))
            }
            (Self::Present { providers, .. }, Command::Associate(provider)) => {
                Ok(associate::decide(providers, provider))
            }
            (Self::Present { providers, former, .. }, Command::Dissociate(dissociate)) => {
                dissociate::decide(providers, former, dissociate)
            }
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Registered(registered)) => Self::Present {
                name: registered.name.clone(),
                providers: BTreeSet::new(),
                former: BTreeSet::new(),
            },
            (Self::Absent, _) => Self::Absent,
            (Self::Present { name: _, providers, former }, Event::Renamed(event)) => {
                Self::Present { name: event.name.after.clone(), providers, former }
            }
            (Self::Present { name, mut providers, mut former }, Event::Associated(event)) => {
                providers.insert(event.provider_id);
                former.remove(&event.provider_id);
                Self::Present { name, providers, former }
            }
            (Self::Present { name, mut providers, mut former }, Event::Dissociated(event)) => {
                providers.remove(&event.provider_id);
                former.insert(event.provider_id);
                Self::Present { name, providers, former }
            }
        }
    }

    fn tags(id: OrganizationId, event: &Event) -> Vec<Tag> {
        let provider = match event {
            Event::Registered(_) | Event::Renamed(_) => None,
            Event::Associated(event) => Some(event.provider_id),
            Event::Dissociated(event) => Some(event.provider_id),
        };
        [Tag::organization(id)].into_iter().chain(provider.map(Tag::provider)).collect()
    }

    fn claims(&self, event: &Event) -> Vec<Claim> {
        match event {
            Event::Registered(event) => vec![Claim::Take(unique(&event.name))],
            Event::Renamed(event) => vec![
                Claim::Free(unique(&event.name.before)),
                Claim::Take(unique(&event.name.after)),
            ],
            Event::Associated(event) => {
                vec![Claim::Refer(StreamId::provider(event.provider_id))]
            }
            Event::Dissociated(event) => {
                vec![Claim::Unrefer(StreamId::provider(event.provider_id))]
            }
        }
    }
}

fn unique(name: &Name) -> UniqueName {
    UniqueName { scope: "organization", key: name.key() }
}
