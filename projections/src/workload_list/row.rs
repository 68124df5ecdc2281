//! A workload, as lists and its own page show it.

use crate::page::Shown;
use domain::{
    Position, Timestamp, Version,
    ids::{ClusterId, ImageId, OrganizationId, ProfileId, ProviderId, WorkloadId},
    name::Name,
    placement::{Candidate, Draw, PassedOver, Reason},
    replicas::Replicas,
    workload::Epoch,
};
use serde::{Deserialize, Serialize};

/// How far a workload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It has no cluster yet.
    Requested,
    /// It has a cluster, which is to run it.
    Placed,
    /// All of its containers run there.
    Running,
    /// Fewer of them run than should.
    Degraded,
    /// Its cluster, or Berth, refused it.
    Rejected,
    /// It has a cluster, which is to run none of its containers.
    Stopped,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Requested,
        Self::Placed,
        Self::Running,
        Self::Degraded,
        Self::Rejected,
        Self::Stopped,
    ];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Placed => "placed",
            Self::Running => "running",
            Self::Degraded => "degraded",
            Self::Rejected => "rejected",
            Self::Stopped => "stopped",
        }
    }
}

/// How a workload got its cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Placement {
    /// The cluster.
    pub cluster_id: ClusterId,
    /// Which placement of the workload this is.
    pub epoch: Epoch,
    /// Why this cluster.
    pub reason: Reason,
    /// Everything it was chosen from, the first ranked first.
    pub candidates: Vec<Candidate>,
    /// What could not be chosen, and why.
    pub passed_over: Vec<PassedOver>,
    /// The draw, where there was one.
    pub draw: Option<Draw>,
    /// When that was recorded.
    pub at: Timestamp,
}

/// How a workload is on its cluster, as far as that was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// `Running`, `Degraded` or `Rejected`.
    pub state: State,
    /// How many containers ran when this was seen; absent where it was refused.
    pub running: Option<u32>,
    /// Why it is not as wanted.
    pub reason: Option<String>,
    /// When that was recorded.
    pub at: Timestamp,
}

/// A workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its id.
    pub id: WorkloadId,
    /// The version of its stream, for `If-Match`.
    pub version: Version,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Where it runs.
    pub provider_id: ProviderId,
    /// Made from which profile.
    pub profile_id: ProfileId,
    /// Made from which version of it.
    pub profile_version: Version,
    /// The image of that version.
    pub image_id: ImageId,
    /// Its name.
    pub name: Name,
    /// How many containers, while it is not stopped.
    pub replicas: Replicas,
    /// How far it is.
    pub state: State,
    /// How it got its cluster, once it has one.
    pub placement: Option<Placement>,
    /// Whether no container is to run.
    pub stopped: bool,
    /// The last of its events that its cluster took over, of this placement.
    pub applied_position: Option<Position>,
    /// How it is on that cluster, of this placement and while it is not stopped.
    pub condition: Option<Condition>,
    /// When Berth last put right what somebody had changed behind its back.
    pub repaired_at: Option<Timestamp>,
    /// When it was requested.
    pub created_at: Timestamp,
    /// When anything about it changed last.
    pub updated_at: Timestamp,
    /// Whether an event about it is parked, so that the row may be out of date.
    pub stale: bool,
}

impl Shown for Row {
    fn set_stale(&mut self, stale: bool) {
        self.stale = stale;
    }
}
