//! What became of a workload on its clusters, and how it is there.
//!
//! A stream of its own: what a cluster does never races an organization.
//!
//! **Invariants**
//! - Every report says of which placement it is (`epoch`), and how far the intent went that it
//!   speaks of (`through_position`). What is said of an older pair than the last is no news.
//! - A repair has a number, which the cluster's own object carries as well: so a worker that died
//!   between the repair and the report is caught up with, and nothing is said twice.

pub mod apply;
pub mod degrade;
pub mod reject;
pub mod repair;
pub mod run;

use crate::{
    Aggregate, Position, StreamId,
    event::events,
    ids::{ClusterId, OrganizationId, ProfileId, ProviderId, WorkloadId},
    tag::Tag,
    workload::Epoch,
};
use repair::Part;
use std::{collections::BTreeMap, convert::Infallible};

events! {
    /// What became of a workload on its clusters.
    pub enum Event {
        /// A cluster took over what was wanted.
        Applied(apply::Applied) = "WorkloadApplied",
        /// Everything that is wanted runs.
        Running(run::Running) = "WorkloadRunning",
        /// Less runs than is wanted.
        Degraded(degrade::Degraded) = "WorkloadDegraded",
        /// What was wanted was refused.
        Rejected(reject::Rejected) = "WorkloadRejected",
        /// What somebody changed behind Berth's back was put right.
        DriftRepaired(repair::DriftRepaired) = "WorkloadDriftRepaired",
    }
}

/// Whose placement a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Of {
    /// The cluster that it speaks of.
    pub cluster: ClusterId,
    /// The placement that the cluster holds.
    pub epoch: Epoch,
    /// Whose workload it is.
    pub organization: OrganizationId,
    /// Made from which profile.
    pub profile: ProfileId,
    /// The provider of the cluster.
    pub provider: ProviderId,
}

/// What the worker reports.
#[derive(Clone, Debug)]
pub enum Command {
    /// The cluster took over the intent up to a position.
    ReportApplied {
        /// Of which placement.
        of: Of,
        /// Up to here.
        through: Position,
    },
    /// So many containers run, which is what was wanted at a position.
    ReportRunning {
        /// Of which placement.
        of: Of,
        /// Up to here.
        through: Position,
        /// How many containers.
        replicas: u32,
    },
    /// Fewer run than was wanted at a position.
    ReportDegraded {
        /// Of which placement.
        of: Of,
        /// Up to here.
        through: Position,
        /// How many run.
        running: u32,
        /// How many should.
        wanted: u32,
        /// Why, as far as the engine says.
        reason: String,
    },
    /// What was wanted at a position was refused.
    ReportRejected {
        /// Of which placement.
        of: Of,
        /// Up to here.
        through: Position,
        /// By the engine in its own words, or by Berth before it asked.
        reason: String,
    },
    /// What had drifted was put right.
    ReportRepaired {
        /// Of which placement.
        of: Of,
        /// The number of this repair.
        repair: u32,
        /// What was written again.
        parts: Vec<Part>,
    },
}

/// What is known of a workload on its clusters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkloadObservation {
    /// What each cluster took over last.
    pub applied: BTreeMap<ClusterId, Pair>,
    /// How it is, where it was placed last.
    pub condition: Option<Condition>,
    /// The number of the last repair.
    pub repairs: u32,
}

/// How old a decision is: which placement, and how far the intent went. What a cluster holds is
/// never replaced by what an older pair made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// The placement.
    pub epoch: Epoch,
    /// The last event of the workload that it was made from.
    pub position: Position,
}

/// How a workload is.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Of which decision.
    pub of: Pair,
    /// On which cluster.
    pub cluster: ClusterId,
    /// How it is.
    pub state: State,
}

/// How a workload is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Everything runs.
    Running,
    /// Not everything does, for this reason.
    Degraded(String),
    /// It was refused, for this reason.
    Rejected(String),
}

/// The longest reason kept, in characters; engines can be wordy.
const REASON_CHARACTERS_MAX: usize = 1000;

fn cut(reason: &str) -> String {
    reason.chars().take(REASON_CHARACTERS_MAX).collect()
}

impl WorkloadObservation {
    /// Whether something was said of a newer decision, or the same of this one.
    fn has_said(&self, of: Pair, state: &State) -> bool {
        self.condition.as_ref().is_some_and(|condition| {
            condition.of > of || (condition.of == of && condition.state == *state)
        })
    }

    fn holds(&self, cluster: ClusterId) -> Option<Pair> {
        self.applied.get(&cluster).copied()
    }
}

impl Aggregate for WorkloadObservation {
    type Id = WorkloadId;
    type Command = Command;
    type Event = Event;
    type Error = Infallible;

    fn stream(id: WorkloadId) -> StreamId {
        StreamId::workload_observation(id)
    }

    fn own(event: &crate::Event) -> Option<&Event> {
        if let crate::Event::WorkloadObservation(event) = event { Some(event) } else { None }
    }

    fn decide(&self, command: Command) -> Result<Vec<Event>, Infallible> {
        Ok(match command {
            Command::ReportApplied { of, through } => apply::decide(self, of, through),
            Command::ReportRunning { of, through, replicas } => {
                run::decide(self, of, through, replicas)
            }
            Command::ReportDegraded { of, through, running, wanted, reason } => {
                degrade::decide(self, of, through, (running, wanted), &reason)
            }
            Command::ReportRejected { of, through, reason } => {
                reject::decide(self, of, through, &reason)
            }
            Command::ReportRepaired { of, repair, parts } => {
                repair::decide(self, of, repair, parts)
            }
        })
    }

    fn evolve(mut self, event: &Event) -> Self {
        let condition = |epoch, position, cluster, state| {
            Some(Condition { of: Pair { epoch, position }, cluster, state })
        };
        match event {
            Event::Applied(event) => {
                let held = Pair { epoch: event.epoch, position: event.through_position };
                self.applied.insert(event.cluster_id, held);
                // What was refused once and is taken over now is refused no more.
                let cures = |condition: &Condition| {
                    condition.cluster == event.cluster_id
                        && condition.of <= held
                        && matches!(condition.state, State::Rejected(_))
                };
                if self.condition.as_ref().is_some_and(cures) {
                    self.condition = None;
                }
            }
            Event::Running(event) => {
                let state = State::Running;
                self.condition =
                    condition(event.epoch, event.through_position, event.cluster_id, state);
            }
            Event::Degraded(event) => {
                let state = State::Degraded(event.reason.clone());
                self.condition =
                    condition(event.epoch, event.through_position, event.cluster_id, state);
            }
            Event::Rejected(event) => {
                let state = State::Rejected(event.reason.clone());
                self.condition =
                    condition(event.epoch, event.through_position, event.cluster_id, state);
            }
            Event::DriftRepaired(event) => self.repairs = event.repair,
        }
        self
    }

    fn tags(id: WorkloadId, event: &Event) -> Vec<Tag> {
        let (cluster, organization, profile, provider) = match event {
            Event::Applied(e) => (e.cluster_id, e.organization_id, e.profile_id, e.provider_id),
            Event::Running(e) => (e.cluster_id, e.organization_id, e.profile_id, e.provider_id),
            Event::Degraded(e) => (e.cluster_id, e.organization_id, e.profile_id, e.provider_id),
            Event::Rejected(e) => (e.cluster_id, e.organization_id, e.profile_id, e.provider_id),
            Event::DriftRepaired(e) => {
                (e.cluster_id, e.organization_id, e.profile_id, e.provider_id)
            }
        };
        vec![
            Tag::cluster(cluster),
            Tag::organization(organization),
            Tag::profile(profile),
            Tag::provider(provider),
            Tag::workload(id),
        ]
    }
}
