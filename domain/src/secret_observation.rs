//! What became of a secret on its clusters.
//!
//! A stream of its own: what a cluster does never races an administrator.
//!
//! **Invariants**
//! - A cluster holds a version once all of its objects are there, and everything there that mounts
//!   the secret is made from that version. What is said of an older one is no news.
//! - A version that something did not come up with has gone back on that cluster, for good: only
//!   another value is tried again.
//! - Absent on purpose: values. An object is named, never shown.

pub mod apply;
pub mod object;
pub mod reject;
pub mod restore;

pub use object::Object;

use crate::{
    Aggregate, Position, StreamId,
    event::events,
    ids::{ClusterId, ProviderId, SecretId, WorkloadId},
    tag::Tag,
};
use std::{collections::BTreeMap, convert::Infallible};

events! {
    /// What became of a secret on its clusters.
    pub enum Event {
        /// A cluster holds a version, and what mounts the secret there is made from it.
        Applied(apply::Applied) = "SecretApplied",
        /// A version was refused, or something did not come up with it.
        Rejected(reject::Rejected) = "SecretRejected",
        /// What somebody took away behind Berth's back was put back.
        Restored(restore::Restored) = "SecretRestored",
    }
}

/// Of whom a report speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Of {
    /// The cluster.
    pub cluster: ClusterId,
    /// The provider of both.
    pub provider: ProviderId,
    /// Which version of the value.
    pub version: u32,
}

/// What the worker reports.
#[derive(Clone, Debug)]
pub enum Command {
    /// The cluster holds a version.
    ReportApplied {
        /// Of which version, where.
        of: Of,
        /// The last event of the secret that it was made from.
        through: Position,
        /// What holds it there.
        objects: Vec<Object>,
    },
    /// The cluster does not hold a version.
    ReportRejected {
        /// Of which version, where.
        of: Of,
        /// The last event of the secret that it was made from.
        through: Position,
        /// By the engine in its own words, or by Berth before it asked.
        reason: String,
        /// What did not come up with it, so that it has gone back.
        workload: Option<WorkloadId>,
    },
    /// What holds a version was put back.
    ReportRestored {
        /// Of which version, where.
        of: Of,
        /// What holds it there now.
        objects: Vec<Object>,
    },
}

/// What is known of a secret on its clusters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SecretObservation {
    /// How it is on each cluster that said something.
    pub clusters: BTreeMap<ClusterId, Known>,
}

/// How a secret is on one cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// What the cluster holds.
    pub held: Option<Held>,
    /// What it does not hold, and why; none once that is over.
    pub rejected: Option<Rejection>,
}

/// What a cluster holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Which version of the value.
    pub version: u32,
    /// What holds it, in order.
    pub objects: Vec<Object>,
}

/// What a cluster does not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejection {
    /// Which version of the value.
    pub version: u32,
    /// Why.
    pub reason: String,
    /// What did not come up with it.
    pub workload: Option<WorkloadId>,
}

/// The longest reason kept, in characters; engines can be wordy.
const REASON_CHARACTERS_MAX: usize = 1000;

impl SecretObservation {
    /// How the secret is on a cluster.
    #[must_use]
    pub fn on(&self, cluster: ClusterId) -> Known {
        self.clusters.get(&cluster).cloned().unwrap_or_default()
    }
}

impl Known {
    /// The version that what runs on this cluster is to mount, where `current` is the newest.
    #[must_use]
    pub fn goal(&self, current: u32) -> u32 {
        match (&self.held, &self.rejected) {
            (Some(held), Some(rejected))
                if rejected.version == current && rejected.workload.is_some() =>
            {
                held.version
            }
            _ => current,
        }
    }

    /// Whether the cluster holds exactly this version.
    #[must_use]
    pub fn holds(&self, version: u32) -> bool {
        self.held.as_ref().is_some_and(|held| held.version == version)
    }

    fn is_past(&self, version: u32) -> bool {
        self.held.as_ref().is_some_and(|held| held.version > version)
    }

    /// What was refused once and is there now is refused no more.
    fn hold(&mut self, version: u32, objects: &[Object]) {
        self.held = Some(Held { version, objects: objects.to_vec() });
        self.rejected.take_if(|rejected| rejected.version <= version);
    }
}

impl Aggregate for SecretObservation {
    type Id = SecretId;
    type Command = Command;
    type Event = Event;
    type Error = Infallible;

    fn stream(id: SecretId) -> StreamId {
        StreamId::secret_observation(id)
    }

    fn own(event: &crate::Event) -> Option<&Event> {
        if let crate::Event::SecretObservation(event) = event { Some(event) } else { None }
    }

    fn decide(&self, command: Command) -> Result<Vec<Event>, Infallible> {
        Ok(match command {
            Command::ReportApplied { of, through, objects } => {
                apply::decide(&self.on(of.cluster), of, through, objects)
            }
            Command::ReportRejected { of, through, reason, workload } => {
                reject::decide(&self.on(of.cluster), of, through, &reason, workload)
            }
            Command::ReportRestored { of, objects } => {
                restore::decide(&self.on(of.cluster), of, objects)
            }
        })
    }

    fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::Applied(event) => {
                let known = self.clusters.entry(event.cluster_id).or_default();
                known.hold(event.value_version, &event.objects);
            }
            Event::Rejected(event) => {
                self.clusters.entry(event.cluster_id).or_default().rejected = Some(Rejection {
                    version: event.value_version,
                    reason: event.reason.clone(),
                    workload: event.workload_id,
                });
            }
            Event::Restored(event) => {
                let known = self.clusters.entry(event.cluster_id).or_default();
                known.hold(event.value_version, &event.objects);
            }
        }
        self
    }

    fn tags(id: SecretId, event: &Event) -> Vec<Tag> {
        let (cluster, provider) = match event {
            Event::Applied(event) => (event.cluster_id, event.provider_id),
            Event::Rejected(event) => (event.cluster_id, event.provider_id),
            Event::Restored(event) => (event.cluster_id, event.provider_id),
        };
        vec![Tag::cluster(cluster), Tag::provider(provider), Tag::secret(id)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{
        cluster, fold,
        secret_observation::{applied, did_not_come_up, refused},
    };

    fn goal<const N: usize>(history: [Event; N], current: u32) -> u32 {
        fold::<SecretObservation>(history).on(cluster(1).id).goal(current)
    }

    #[test]
    fn a_version_that_something_did_not_come_up_with_goes_back_until_there_is_another() {
        assert_eq!(goal([], 1), 1);
        assert_eq!(goal([applied(1, 1)], 2), 2, "it is tried");
        let back = || [applied(1, 1), did_not_come_up(1, 2)];
        assert_eq!((goal(back(), 2), goal(back(), 3)), (1, 3));
        assert_eq!(goal([did_not_come_up(1, 2)], 2), 2, "there is nothing to go back to");
    }

    #[test]
    fn what_the_engine_refused_is_tried_again_and_elsewhere_it_says_nothing() {
        assert_eq!(goal([applied(1, 1), refused(1, 2, "no room")], 2), 2);
        assert_eq!(goal([applied(1, 1), did_not_come_up(2, 2)], 2), 2);
    }
}
