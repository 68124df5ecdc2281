//! A workload: containers started from a profile, on one cluster of its provider at a time.
//!
//! **Invariants**
//! - It pins a version of its profile, and keeps in use what that version uses.
//! - It stays with its organization, its profile and its provider for ever.

pub mod error;
pub mod request;

pub use error::Error;

use crate::{
    Aggregate, StreamId, Version,
    claim::{Claim, UniqueName},
    event::events,
    ids::{ImageId, OrganizationId, ProfileId, ProviderId, SecretId, WorkloadId},
    name::Name,
    replicas::Replicas,
    tag::Tag,
};
use std::collections::BTreeSet;

events! {
    /// What an organization decided about one of its workloads, and where it was placed.
    pub enum Event {
        /// A new workload, without a cluster yet.
        Requested(request::Requested) = "WorkloadRequested",
    }
}

/// An intention about a workload.
#[derive(Clone, Debug)]
pub enum Command {
    /// `RequestWorkload`
    Request(request::Requested),
}

/// A workload, as far as its history goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Workload {
    /// Nobody requested it.
    #[default]
    Absent,
    /// Requested.
    Present(Requested),
    /// Removed; its name is free again.
    Removed,
}

/// A requested workload.
#[derive(Clone, Debug, PartialEq)]
pub struct Requested {
    /// Unique within the organization.
    pub name: Name,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Where it runs.
    pub provider: ProviderId,
    /// Made from which profile.
    pub profile: ProfileId,
    /// Made from which version of it.
    pub profile_version: Version,
    /// The image of that version.
    pub image: ImageId,
    /// The secrets of that version.
    pub secrets: BTreeSet<SecretId>,
    /// How many containers.
    pub replicas: Replicas,
}

impl Workload {
    /// The workload, if it is one of this organization.
    ///
    /// # Errors
    /// `Error::NotFound` and `Error::Removed`.
    pub fn of(&self, organization: OrganizationId) -> Result<&Requested, Error> {
        match self {
            Self::Present(requested) if requested.organization == organization => Ok(requested),
            Self::Present(_) | Self::Absent => Err(Error::NotFound),
            Self::Removed => Err(Error::Removed),
        }
    }
}

impl Aggregate for Workload {
    type Id = WorkloadId;
    type Command = Command;
    type Event = Event;
    type Error = Error;

    fn stream(id: WorkloadId) -> StreamId {
        StreamId::workload(id)
    }

    fn own(event: &crate::Event) -> Option<&Event> {
        if let crate::Event::Workload(event) = event { Some(event) } else { None }
    }

    fn decide(&self, command: Command) -> Result<Vec<Event>, Error> {
        match command {
            Command::Request(requested) => request::decide(self, requested),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match event {
            Event::Requested(event) => Self::Present(Requested {
                name: event.name.clone(),
                organization: event.organization_id,
                provider: event.provider_id,
                profile: event.profile_id,
                profile_version: event.profile_version,
                image: event.image_id,
                secrets: event.secret_ids.clone(),
                replicas: event.replicas,
            }),
        }
    }

    fn tags(id: WorkloadId, event: &Event) -> Vec<Tag> {
        let (organization, profile, provider) = match event {
            Event::Requested(event) => (event.organization_id, event.profile_id, event.provider_id),
        };
        vec![
            Tag::organization(organization),
            Tag::profile(profile),
            Tag::provider(provider),
            Tag::workload(id),
        ]
    }

    fn claims(&self, event: &Event) -> Vec<Claim> {
        match event {
            Event::Requested(event) => {
                let name = unique(event.organization_id, &event.name);
                let used = [
                    StreamId::profile(event.profile_id),
                    StreamId::provider(event.provider_id),
                    StreamId::image(event.image_id),
                ];
                let secrets = event.secret_ids.iter().copied().map(StreamId::secret);
                let refer = used.into_iter().chain(secrets).map(Claim::Refer);
                [Claim::Take(name)].into_iter().chain(refer).collect()
            }
        }
    }
}

/// A name is unique within the organization.
fn unique(organization: OrganizationId, name: &Name) -> UniqueName {
    UniqueName { scope: "workload", key: format!("{organization}/{}", name.key()) }
}
