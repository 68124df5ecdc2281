//! A node, as administrators want it. What the cluster shows of it is in `node_observation`.
//!
//! **Invariants**
//! - Berth owns exactly the label keys set through it, until they are removed through it *and* the
//!   removal has reached the cluster.
//! - The state counts its own events, so a plan can say up to which version it goes.

pub mod cancel_drain;
pub mod drain;
pub mod error;
pub mod label;
pub mod plan;
pub mod remove_label;
pub mod set_availability;

pub use error::Error;

use crate::{
    Aggregate, StreamId, Timestamp, Version,
    availability::Availability,
    event::events,
    ids::{ClusterId, NodeId, ProviderId},
    label::{Key, Value},
    tag::Tag,
};
use std::collections::BTreeMap;

events! {
    /// What administrators decided about a node.
    pub enum Event {
        /// The node is to carry a label.
        Labeled(label::Labeled) = "NodeLabeled",
        /// A label is to be gone.
        LabelRemoved(remove_label::LabelRemoved) = "NodeLabelRemoved",
        /// Whether the node is to take work.
        AvailabilityChanged(set_availability::AvailabilityChanged) = "NodeAvailabilityChanged",
        /// What runs on the node is to leave it.
        DrainStarted(drain::DrainStarted) = "DrainStarted",
        /// The node goes back to what it was before.
        DrainCancelled(cancel_drain::DrainCancelled) = "DrainCancelled",
    }
}

/// Where a node stands; every event of a node says it, so that the event alone tells what it
/// touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The cluster of the node.
    pub cluster: ClusterId,
    /// The provider of the cluster.
    pub provider: ProviderId,
}

/// An intention about a node.
#[derive(Clone, Debug)]
pub enum Command {
    /// `LabelNode`
    Label(Place, Key, Value),
    /// `RemoveNodeLabel`
    RemoveLabel(Place, Key),
    /// `SetNodeAvailability`
    SetAvailability(Place, set_availability::Target),
    /// `DrainNode`
    Drain(Place, drain::Start),
    /// `CancelDrain`
    CancelDrain(Place),
}

/// What is wanted of one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The key has this value.
    Set(Value),
    /// The key is gone.
    Gone,
}

/// What administrators want of a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// The number of decisions so far.
    pub version: Version,
    /// What is wanted of each label that was ever set through Berth, and since which version.
    pub labels: BTreeMap<Key, (Wanted, Version)>,
    /// The availability that was asked for, and since which version.
    pub availability: Option<(Availability, Version)>,
    /// The drain that was asked for last, unless something else was asked for since. Whether it
    /// has ended is in `node_observation`.
    pub drain: Option<Drain>,
}

/// A drain that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drain {
    /// The version of the intent that started it, which is its name.
    pub version: Version,
    /// The availability that it goes back to when it is cancelled.
    pub before: Availability,
    /// When it has failed if anything is left.
    pub deadline: Timestamp,
    /// Whether that is ended, too, which nobody starts again elsewhere.
    pub forced: bool,
}

impl Node {
    /// The most labels set through Berth on one node.
    pub const LABELS_MAX: usize = 64;

    /// The labels that are to be on the node.
    pub fn set_labels(&self) -> impl Iterator<Item = (&Key, &Value)> {
        self.labels.iter().filter_map(|(key, (wanted, _))| match wanted {
            Wanted::Set(value) => Some((key, value)),
            Wanted::Gone => None,
        })
    }

    fn set_label(&self, key: &Key) -> Option<&Value> {
        match self.labels.get(key) {
            Some((Wanted::Set(value), _)) => Some(value),
            Some((Wanted::Gone, _)) | None => None,
        }
    }
}

impl Aggregate for Node {
    type Id = NodeId;
    type Command = Command;
    type Event = Event;
    type Error = Error;

    fn stream(id: NodeId) -> StreamId {
        StreamId::node(id)
    }

    fn own(event: &crate::Event) -> Option<&Event> {
        if let crate::Event::Node(event) = event { Some(event) } else { None }
    }

    fn decide(&self, command: Command) -> Result<Vec<Event>, Error> {
        match command {
            Command::Label(place, key, value) => label::decide(self, place, key, value),
            Command::RemoveLabel(place, key) => remove_label::decide(self, place, key),
            Command::SetAvailability(place, target) => {
                Ok(set_availability::decide(self, place, &target))
            }
            Command::Drain(place, start) => drain::decide(self, place, &start),
            Command::CancelDrain(place) => cancel_drain::decide(self, place),
        }
    }

    fn evolve(mut self, event: &Event) -> Self {
        self.version = self.version.next();
        let version = self.version;
        match event {
            Event::Labeled(labeled) => {
                let wanted = Wanted::Set(labeled.value.clone());
                self.labels.insert(labeled.key.clone(), (wanted, version));
            }
            Event::LabelRemoved(removed) => {
                self.labels.insert(removed.key.clone(), (Wanted::Gone, version));
            }
            Event::AvailabilityChanged(changed) => {
                self.availability = Some((changed.availability, version));
                self.drain = None;
            }
            Event::DrainStarted(started) => {
                self.availability = Some((Availability::Drain, version));
                self.drain = Some(Drain {
                    version,
                    before: started.before,
                    deadline: started.deadline,
                    forced: started.forced,
                });
            }
            Event::DrainCancelled(cancelled) => {
                self.availability = Some((cancelled.availability, version));
                self.drain = None;
            }
        }
        self
    }

    fn tags(id: NodeId, event: &Event) -> Vec<Tag> {
        let (cluster, provider) = match event {
            Event::Labeled(event) => (event.cluster_id, event.provider_id),
            Event::LabelRemoved(event) => (event.cluster_id, event.provider_id),
            Event::AvailabilityChanged(event) => (event.cluster_id, event.provider_id),
            Event::DrainStarted(event) => (event.cluster_id, event.provider_id),
            Event::DrainCancelled(event) => (event.cluster_id, event.provider_id),
        };
        vec![Tag::cluster(cluster), Tag::node(id), Tag::provider(provider)]
    }
}
