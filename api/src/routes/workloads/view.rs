//! A workload as clients see it.

use crate::words::{PlacementObstacle, PlacementReason, WorkloadState};
use domain::{Version, ids::ProfileId};
use projections::workload_list::row;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Containers started from a profile.
#[derive(Serialize, ToSchema)]
pub(crate) struct Workload {
    id: Uuid,
    /// The version of its stream, for `If-Match`.
    version: i64,
    organization_id: Uuid,
    provider_id: Uuid,
    profile_id: Uuid,
    /// The version of the profile that it is made from.
    profile_version: i64,
    /// The version that the profile has now: an update goes there. Null where that is not known.
    profile_latest_version: Option<i64>,
    image_id: Uuid,
    name: String,
    /// How many containers, while it is not stopped.
    replicas: u16,
    state: WorkloadState,
    /// Its cluster; null until it has one.
    cluster_id: Option<Uuid>,
    /// How often it was placed; null until it was.
    epoch: Option<u32>,
    /// How it got its cluster; null until it has one.
    placement: Option<Placement>,
    /// The last of its events that its cluster took over; null until it took one over.
    applied_position: Option<i64>,
    /// How many containers ran when that was looked at last and was news; null while it is stopped,
    /// and before it was looked at.
    running_replicas: Option<u32>,
    /// Why it is degraded or rejected, in the words of its cluster where it has any.
    reason: Option<String>,
    /// Since when it is running, degraded or rejected; null in any other state.
    #[schema(value_type = Option<String>, format = DateTime)]
    observed_at: Option<String>,
    /// When Berth last put right what somebody had changed behind its back.
    #[schema(value_type = Option<String>, format = DateTime)]
    repaired_at: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// Whether an event about it could not be applied, so that this may be out of date.
    stale: bool,
}

/// How a workload got its cluster.
#[derive(Serialize, ToSchema)]
struct Placement {
    reason: PlacementReason,
    /// Everything it was chosen from, the first ranked first.
    candidates: Vec<Candidate>,
    /// What could not be chosen, and why.
    passed_over: Vec<PassedOver>,
    /// The draw, where there was one.
    draw: Option<Draw>,
    #[schema(format = DateTime)]
    placed_at: String,
}

/// A cluster that could have been chosen.
#[derive(Serialize, ToSchema)]
struct Candidate {
    cluster_id: Uuid,
    rank: u16,
    weight: u16,
}

/// A cluster that could not be chosen.
#[derive(Serialize, ToSchema)]
struct PassedOver {
    cluster_id: Uuid,
    obstacle: PlacementObstacle,
}

/// A draw: each candidate has as many numbers as its weight, in their order.
#[derive(Serialize, ToSchema)]
struct Draw {
    /// The number that was drawn, counted from 0.
    number: u32,
    /// How many numbers there were.
    of: u32,
}

/// A page of workloads.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkloadPage {
    items: Vec<Workload>,
    /// Where the list goes on; null at its end.
    next_cursor: Option<String>,
}

impl Workload {
    /// A workload beside the present versions of profiles.
    pub(in crate::routes) fn of(row: row::Row, profiles: &BTreeMap<ProfileId, Version>) -> Self {
        let placed = row.placement.as_ref();
        let seen = row.condition.as_ref();
        Self {
            id: row.id.0,
            version: row.version.0,
            organization_id: row.organization_id.0,
            provider_id: row.provider_id.0,
            profile_id: row.profile_id.0,
            profile_version: row.profile_version.0,
            profile_latest_version: profiles.get(&row.profile_id).map(|version| version.0),
            image_id: row.image_id.0,
            name: row.name.to_string(),
            replicas: row.replicas.get(),
            state: row.state.into(),
            cluster_id: placed.map(|placed| placed.cluster_id.0),
            epoch: placed.map(|placed| placed.epoch.get()),
            applied_position: row.applied_position.map(|position| position.0),
            running_replicas: seen.and_then(|seen| seen.running),
            reason: seen.and_then(|seen| seen.reason.clone()),
            observed_at: seen.map(|seen| seen.at.to_string()),
            repaired_at: row.repaired_at.map(|at| at.to_string()),
            placement: row.placement.map(Placement::from),
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            stale: row.stale,
        }
    }
}

impl From<row::Placement> for Placement {
    fn from(placed: row::Placement) -> Self {
        let candidate = |one: domain::placement::Candidate| Candidate {
            cluster_id: one.cluster_id.0,
            rank: one.rank,
            weight: one.weight,
        };
        let passed_over = |one: domain::placement::PassedOver| PassedOver {
            cluster_id: one.cluster_id.0,
            obstacle: one.obstacle.into(),
        };
        Self {
            reason: placed.reason.into(),
            candidates: placed.candidates.into_iter().map(candidate).collect(),
            passed_over: placed.passed_over.into_iter().map(passed_over).collect(),
            draw: placed.draw.map(|draw| Draw { number: draw.number, of: draw.of }),
            placed_at: placed.at.to_string(),
        }
    }
}
