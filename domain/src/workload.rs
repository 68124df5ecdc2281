//! A workload: containers started from a profile, on one cluster of its provider at a time.
//!
//! **Invariants**
//! - It pins a version of its profile, and keeps in use what that version uses.
//! - It stays with its organization, its profile and its provider for ever.
//! - Each of its events says all three, so that the event alone tells what it touched.
//! - Every placement raises the epoch by one; nothing ever lowers it.
//! - The clusters that it was on are known for ever: what is left there must be found again.

pub mod epoch;
pub mod error;
pub mod place;
pub mod relocate;
pub mod remove;
pub mod request;
pub mod scale;
pub mod start;
pub mod stop;
pub mod update;

pub use epoch::Epoch;
pub use error::Error;

use crate::{
    Aggregate, StreamId, Version,
    claim::{Claim, UniqueName},
    event::events,
    ids::{ClusterId, ImageId, OrganizationId, ProfileId, ProviderId, SecretId, WorkloadId},
    name::Name,
    profile::swap_secrets,
    replicas::Replicas,
    tag::Tag,
};
use std::collections::BTreeSet;

events! {
    /// What an organization decided about one of its workloads, and where it was placed.
    pub enum Event {
        /// A new workload, without a cluster yet.
        Requested(request::Requested) = "WorkloadRequested",
        /// It got a cluster.
        Placed(place::Placed) = "WorkloadPlaced",
        /// It left that cluster for another one.
        Relocated(relocate::Relocated) = "WorkloadRelocated",
        /// More or fewer containers.
        Scaled(scale::Scaled) = "WorkloadScaled",
        /// No container is to run.
        Stopped(stop::Stopped) = "WorkloadStopped",
        /// It is to run again.
        Started(start::Started) = "WorkloadStarted",
        /// It is made from a newer version of its profile.
        Updated(update::Updated) = "WorkloadUpdated",
        /// It is to be gone.
        Removed(remove::Removed) = "WorkloadRemoved",
    }
}

/// An intention about a workload.
#[derive(Clone, Debug)]
pub enum Command {
    /// `RequestWorkload`
    Request(request::Requested),
    /// `PlaceWorkload`
    Place(place::Place),
    /// `RelocateWorkload`
    Relocate(relocate::Relocate),
    /// `ScaleWorkload`
    Scale(Replicas),
    /// `StopWorkload`
    Stop,
    /// `StartWorkload`
    Start,
    /// `UpdateWorkload`
    Update(update::Update),
    /// `RemoveWorkload`
    Remove,
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
    Removed(Gone),
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
    /// How many containers, while it is not stopped.
    pub replicas: Replicas,
    /// Whether no container is to run.
    pub stopped: bool,
    /// Its cluster, once it has one.
    pub placement: Option<Placement>,
    /// The clusters that it was on before, and is on no more.
    pub left: BTreeSet<ClusterId>,
}

/// A removed workload.
#[derive(Clone, Debug, PartialEq)]
pub struct Gone {
    /// Whose it was.
    pub organization: OrganizationId,
    /// Where it ran.
    pub provider: ProviderId,
    /// Every cluster that it was ever on.
    pub clusters: BTreeSet<ClusterId>,
}

/// Where a workload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// On which cluster.
    pub cluster: ClusterId,
    /// Which placement this is.
    pub epoch: Epoch,
}

impl Workload {
    /// The workload, if it is one of this organization.
    ///
    /// # Errors
    /// `Error::NotFound` and `Error::Removed`.
    pub fn of(&self, organization: OrganizationId) -> Result<&Requested, Error> {
        match self {
            Self::Present(requested) if requested.organization == organization => Ok(requested),
            Self::Removed(gone) if gone.organization == organization => Err(Error::Removed),
            Self::Present(_) | Self::Absent | Self::Removed(_) => Err(Error::NotFound),
        }
    }

    fn present(&self) -> Result<&Requested, Error> {
        match self {
            Self::Present(requested) => Ok(requested),
            Self::Absent => Err(Error::NotFound),
            Self::Removed(_) => Err(Error::Removed),
        }
    }

    fn gone(self, event: &remove::Removed) -> Gone {
        let clusters = match self {
            Self::Present(requested) => requested.clusters(),
            Self::Removed(gone) => gone.clusters,
            Self::Absent => BTreeSet::new(),
        };
        Gone { organization: event.organization_id, provider: event.provider_id, clusters }
    }
}

impl Requested {
    fn new(event: &request::Requested) -> Self {
        Self {
            name: event.name.clone(),
            organization: event.organization_id,
            provider: event.provider_id,
            profile: event.profile_id,
            profile_version: event.profile_version,
            image: event.image_id,
            secrets: event.secret_ids.clone(),
            replicas: event.replicas,
            stopped: false,
            placement: None,
            left: BTreeSet::new(),
        }
    }

    /// Every cluster that it was ever on.
    #[must_use]
    pub fn clusters(&self) -> BTreeSet<ClusterId> {
        let now = self.placement.map(|placement| placement.cluster);
        self.left.iter().copied().chain(now).collect()
    }

    fn go_to(&mut self, cluster: ClusterId, epoch: Epoch) {
        let before = self.placement.replace(Placement { cluster, epoch });
        self.left.extend(before.map(|before| before.cluster));
        self.left.remove(&cluster);
    }

    fn next_epoch(&self) -> Epoch {
        self.placement.map_or(Epoch::FIRST, |placement| placement.epoch.next())
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
            Command::Place(place) => place::decide(self.present()?, place),
            Command::Relocate(relocate) => relocate::decide(self.present()?, relocate),
            Command::Scale(replicas) => Ok(scale::decide(self.present()?, replicas)),
            Command::Stop => Ok(stop::decide(self.present()?)),
            Command::Start => Ok(start::decide(self.present()?)),
            Command::Update(update) => update::decide(self.present()?, update),
            Command::Remove => remove::decide(self),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        let mut workload = match (self, event) {
            (_, Event::Requested(event)) => return Self::Present(Requested::new(event)),
            (before, Event::Removed(event)) => return Self::Removed(before.gone(event)),
            (Self::Present(workload), _) => workload,
            (other @ (Self::Absent | Self::Removed(_)), _) => return other,
        };
        match event {
            Event::Requested(_) | Event::Removed(_) => {}
            Event::Placed(event) => workload.go_to(event.cluster_id, event.epoch),
            Event::Relocated(event) => workload.go_to(event.cluster_id, event.epoch),
            Event::Scaled(event) => workload.replicas = event.replicas.after,
            Event::Stopped(_) => workload.stopped = true,
            Event::Started(_) => workload.stopped = false,
            Event::Updated(event) => event.apply(&mut workload),
        }
        Self::Present(workload)
    }

    fn tags(id: WorkloadId, event: &Event) -> Vec<Tag> {
        let (organization, profile, provider) = match event {
            Event::Requested(e) => (e.organization_id, e.profile_id, e.provider_id),
            Event::Placed(e) => (e.organization_id, e.profile_id, e.provider_id),
            Event::Relocated(e) => (e.organization_id, e.profile_id, e.provider_id),
            Event::Scaled(e) => (e.organization_id, e.profile_id, e.provider_id),
            Event::Stopped(e) => (e.organization_id, e.profile_id, e.provider_id),
            Event::Started(e) => (e.organization_id, e.profile_id, e.provider_id),
            Event::Updated(e) => (e.organization_id, e.profile_id, e.provider_id),
            Event::Removed(e) => (e.organization_id, e.profile_id, e.provider_id),
        };
        let clusters = match event {
            Event::Placed(event) => BTreeSet::from([event.cluster_id]),
            Event::Relocated(event) => BTreeSet::from([event.from_cluster_id, event.cluster_id]),
            Event::Requested(_)
            | Event::Scaled(_)
            | Event::Stopped(_)
            | Event::Started(_)
            | Event::Updated(_)
            | Event::Removed(_) => BTreeSet::new(),
        };
        let always = [
            Tag::organization(organization),
            Tag::profile(profile),
            Tag::provider(provider),
            Tag::workload(id),
        ];
        clusters.into_iter().map(Tag::cluster).chain(always).collect()
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
            Event::Updated(event) => {
                let image = event.image_id.iter().flat_map(|image| {
                    [
                        Claim::Unrefer(StreamId::image(image.before)),
                        Claim::Refer(StreamId::image(image.after)),
                    ]
                });
                let secrets = event.secret_ids.iter();
                let secrets = secrets.flat_map(|ids| swap_secrets(&ids.before, &ids.after));
                image.chain(secrets).collect()
            }
            Event::Removed(event) => {
                let name = |workload: &Requested| {
                    Claim::Free(unique(event.organization_id, &workload.name))
                };
                let free = self.present().ok().map(name);
                free.into_iter().chain([Claim::End]).collect()
            }
            Event::Placed(_)
            | Event::Relocated(_)
            | Event::Scaled(_)
            | Event::Stopped(_)
            | Event::Started(_) => vec![],
        }
    }
}

/// A name is unique within the organization.
fn unique(organization: OrganizationId, name: &Name) -> UniqueName {
    UniqueName { scope: "workload", key: format!("{organization}/{}", name.key()) }
}
