//! What a cluster showed of a node, and what became of the changes sent to it.
//!
//! A stream of its own: what a cluster does never races an administrator.

pub mod discover;
pub mod drain;
pub mod facts;
pub mod lose;
pub mod report_change;

pub use facts::Facts;

use crate::{
    Aggregate, StreamId, Version, availability::Availability, event::events, ids::NodeId,
    node::Place, tag::Tag,
};

events! {
    /// What a cluster showed of a node.
    pub enum Event {
        /// A cluster showed it for the first time.
        Discovered(discover::Discovered) = "NodeDiscovered",
        /// Something about it is different now.
        Observed(discover::Observed) = "NodeObserved",
        /// The cluster no longer lists it.
        Lost(lose::Lost) = "NodeLost",
        /// The cluster took over what was wanted.
        ChangeApplied(report_change::ChangeApplied) = "NodeChangeApplied",
        /// The cluster refused what was wanted.
        ChangeRejected(report_change::ChangeRejected) = "NodeChangeRejected",
        /// What somebody changed behind Berth's back was put right.
        DriftRepaired(report_change::DriftRepaired) = "NodeDriftRepaired",
        /// A drain has come further.
        DrainProgressed(drain::DrainProgressed) = "DrainProgressed",
        /// Nothing that a drain moves is left.
        DrainCompleted(drain::DrainCompleted) = "DrainCompleted",
        /// A drain ended with something left.
        DrainFailed(drain::DrainFailed) = "DrainFailed",
    }
}

/// What the worker reports.
#[derive(Clone, Debug)]
pub enum Command {
    /// The cluster lists the node, so.
    Observe(Place, Facts),
    /// The cluster no longer lists the node.
    Lose,
    /// The cluster took over the intent up to a version.
    ReportApplied {
        /// The version of the intent stream.
        through: Version,
    },
    /// The cluster refused the intent at a version.
    ReportRejected {
        /// The version of the intent stream.
        through: Version,
        /// The engine's own words.
        reason: String,
    },
    /// What had drifted was put right.
    ReportRepaired {
        /// The label keys written again.
        labels: Vec<crate::label::Key>,
        /// The availability written again.
        availability: Option<Availability>,
    },
    /// How far a drain is, or how it ended.
    ReportDrain {
        /// The version of the intent that started it.
        version: Version,
        /// What there is to say.
        news: drain::News,
    },
}

/// The only thing that can be wrong with a report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A report about a node that was never discovered.
    #[error("no cluster ever showed such a node")]
    NotDiscovered,
}

/// What was seen of a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum NodeObservation {
    /// No cluster ever showed it.
    #[default]
    Unseen,
    /// A cluster showed it at least once.
    Seen(Seen),
}

/// What was seen of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Where it stands.
    pub place: Place,
    /// What the cluster showed last.
    pub facts: Facts,
    /// Whether the cluster no longer lists it.
    pub lost: bool,
    /// The version of the intent that the cluster took over last.
    pub applied: Version,
    /// The version of the intent that the cluster refused last, with its words.
    pub rejected: Option<(Version, String)>,
    /// What was said of the last drain.
    pub drain: Option<drain::Told>,
}

impl Seen {
    /// How the drain that this version of the intent started has ended, if it has.
    #[must_use]
    pub fn drain_end(&self, version: Version) -> Option<drain::End> {
        self.drain.as_ref().filter(|told| told.version == version)?.end
    }
}

impl NodeObservation {
    /// What was seen, if anything was.
    ///
    /// # Errors
    /// `Error::NotDiscovered`.
    pub fn seen(&self) -> Result<&Seen, Error> {
        match self {
            Self::Seen(seen) => Ok(seen),
            Self::Unseen => Err(Error::NotDiscovered),
        }
    }
}

impl Aggregate for NodeObservation {
    type Id = NodeId;
    type Command = Command;
    type Event = Event;
    type Error = Error;

    fn stream(id: NodeId) -> StreamId {
        StreamId::node_observation(id)
    }

    fn own(event: &crate::Event) -> Option<&Event> {
        if let crate::Event::NodeObservation(event) = event { Some(event) } else { None }
    }

    fn decide(&self, command: Command) -> Result<Vec<Event>, Error> {
        match command {
            Command::Observe(place, facts) => Ok(discover::decide(self, place, facts)),
            Command::Lose => Ok(lose::decide(self.seen()?)),
            Command::ReportApplied { through } => Ok(report_change::applied(self.seen()?, through)),
            Command::ReportRejected { through, reason } => {
                Ok(report_change::rejected(self.seen()?, through, &reason))
            }
            Command::ReportRepaired { labels, availability } => {
                Ok(report_change::repaired(self.seen()?, labels, availability))
            }
            Command::ReportDrain { version, news } => {
                Ok(drain::decide(self.seen()?, version, news))
            }
        }
    }

    fn evolve(self, event: &Event) -> Self {
        let mut seen = match (self, event) {
            (Self::Unseen, Event::Discovered(event)) => return Self::Seen(event.seen()),
            (Self::Unseen, _) => return Self::Unseen,
            (Self::Seen(seen), _) => seen,
        };
        match event {
            Event::Discovered(event) => seen = event.seen(),
            Event::Observed(event) => {
                seen.facts = event.facts.clone();
                seen.lost = false;
            }
            Event::Lost(_) => seen.lost = true,
            Event::ChangeApplied(event) => {
                seen.applied = event.through_version;
                seen.rejected = None;
            }
            Event::ChangeRejected(event) => {
                seen.rejected = Some((event.through_version, event.reason.clone()));
            }
            Event::DriftRepaired(event) => {
                let done = |told: &&mut drain::Told| told.end == Some(drain::End::Completed);
                if event.availability == Some(Availability::Drain)
                    && let Some(told) = seen.drain.as_mut().filter(done)
                {
                    told.undone = true;
                }
            }
            Event::DrainProgressed(event) => seen.drain = Some(event.into()),
            Event::DrainCompleted(event) => seen.drain = Some(event.into()),
            Event::DrainFailed(event) => seen.drain = Some(event.into()),
        }
        Self::Seen(seen)
    }

    fn tags(id: NodeId, event: &Event) -> Vec<Tag> {
        let (cluster, provider) = match event {
            Event::Discovered(event) => (event.cluster_id, event.provider_id),
            Event::Observed(event) => (event.cluster_id, event.provider_id),
            Event::Lost(event) => (event.cluster_id, event.provider_id),
            Event::ChangeApplied(event) => (event.cluster_id, event.provider_id),
            Event::ChangeRejected(event) => (event.cluster_id, event.provider_id),
            Event::DriftRepaired(event) => (event.cluster_id, event.provider_id),
            Event::DrainProgressed(event) => (event.cluster_id, event.provider_id),
            Event::DrainCompleted(event) => (event.cluster_id, event.provider_id),
            Event::DrainFailed(event) => (event.cluster_id, event.provider_id),
        };
        vec![Tag::cluster(cluster), Tag::node(id), Tag::provider(provider)]
    }
}
