//! A node as clients see it: what its cluster shows, and what was asked of it through Berth.

use crate::{
    parameters::When,
    problem::{Code, Problem},
    routes::past,
    state::State,
    words::{Availability, DrainFailure, DrainState, NodeRole, NodeState, Reachability},
};
use domain::{
    Position,
    ids::{NodeId, ProviderId},
};
use projections::{
    Model,
    node_list::{query, row},
    past::{Shown, Subject},
};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// A machine of a cluster.
#[derive(Serialize, ToSchema)]
pub(crate) struct Node {
    id: Uuid,
    /// The version of what was asked of it, for `If-Match`; 0 if nothing ever was.
    version: i64,
    cluster_id: Uuid,
    provider_id: Uuid,
    /// Its id on the cluster.
    native_id: String,
    /// Its name on the cluster; it may repeat.
    name: String,
    address: String,
    role: NodeRole,
    /// Whether it leads the managers.
    leader: bool,
    state: NodeState,
    reachability: Reachability,
    /// Whether it takes work, as the cluster shows it.
    availability: Availability,
    /// Whether it is to take work, where Berth was asked.
    wanted_availability: Option<WantedAvailability>,
    /// The drain that was asked for last, until it is cancelled or another availability is wanted.
    draining: Option<Draining>,
    /// Its labels, as the cluster shows them.
    labels: BTreeMap<String, String>,
    /// The engine's own labels, which cannot be changed from here.
    engine_labels: BTreeMap<String, String>,
    /// The label keys that were set through Berth, and what is wanted of each.
    owned_labels: BTreeMap<String, OwnedLabel>,
    /// The version that the cluster took over last.
    applied_version: i64,
    /// What the cluster refused last, until it takes something over.
    rejected: Option<Rejected>,
    /// Whether the cluster no longer lists it.
    lost: bool,
    #[schema(format = DateTime)]
    created_at: String,
    /// When what the cluster shows of it changed last.
    #[schema(format = DateTime)]
    observed_at: String,
    /// When Berth last put right what somebody had changed behind its back.
    #[schema(value_type = Option<String>, format = DateTime)]
    repaired_at: Option<String>,
    #[schema(format = DateTime)]
    updated_at: String,
    /// Whether an event about it could not be applied, so that this may be out of date.
    stale: bool,
}

/// What is wanted of a label.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnedLabel {
    /// The value it is to have; null if it is to be gone.
    value: Option<String>,
    /// The version that said so.
    since: i64,
    /// Whether the cluster has taken it over.
    applied: bool,
}

/// What is wanted of the availability.
#[derive(Serialize, ToSchema)]
pub(crate) struct WantedAvailability {
    availability: Availability,
    /// The version that said so.
    since: i64,
    /// Whether the cluster has taken it over.
    applied: bool,
}

/// A drain: how far it is, or how it ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct Draining {
    /// The version that began it.
    version: i64,
    state: DrainState,
    /// The availability that it goes back to when it is cancelled.
    before: Availability,
    /// When it has failed if anything is left.
    #[schema(format = DateTime)]
    deadline: String,
    /// Whether that is ended, too, which nobody starts again elsewhere.
    forced: bool,
    #[schema(format = DateTime)]
    started_at: String,
    /// When it came to its end; null while it is under way.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<String>,
    /// How much there was to leave, at the most; null before anybody has looked.
    total_count: Option<u32>,
    /// How much is left; null before anybody has looked.
    left_count: Option<u32>,
    /// The first of what is left.
    left: Vec<Left>,
    /// Why it failed.
    reason: Option<DrainFailure>,
    /// The cluster's own words about that.
    words: Option<String>,
}

/// Something that still runs on the node.
#[derive(Serialize, ToSchema)]
pub(crate) struct Left {
    /// Its name on the cluster: a task as `web.2`, a pod as `shop/web-7d4b9`.
    name: String,
    /// Why it is still there.
    reason: String,
}

/// A change that the cluster refused.
#[derive(Serialize, ToSchema)]
pub(crate) struct Rejected {
    /// The version that was tried.
    version: i64,
    /// The engine's own words.
    reason: String,
    #[schema(format = DateTime)]
    at: String,
}

/// A page of nodes.
#[derive(Serialize, ToSchema)]
pub(crate) struct NodePage {
    items: Vec<Node>,
    /// Where the list goes on; null at its end.
    next_cursor: Option<String>,
}

impl From<row::Row> for Node {
    fn from(row: row::Row) -> Self {
        let owned = row.owned_labels.into_iter();
        Self {
            id: row.id.0,
            version: row.version.0,
            cluster_id: row.cluster_id.0,
            provider_id: row.provider_id.0,
            native_id: row.native_id,
            name: row.name,
            address: row.address,
            role: row.role.into(),
            leader: row.leader,
            state: row.state.into(),
            reachability: row.reachability.into(),
            availability: row.availability.into(),
            wanted_availability: row.wanted_availability.map(WantedAvailability::from),
            draining: row.draining.map(Draining::from),
            labels: row.labels,
            engine_labels: row.engine_labels,
            owned_labels: owned.map(|(key, label)| (key.to_string(), label.into())).collect(),
            applied_version: row.applied_version.0,
            rejected: row.rejected.map(Rejected::from),
            lost: row.lost,
            created_at: row.created_at.to_string(),
            observed_at: row.observed_at.to_string(),
            repaired_at: row.repaired_at.map(|at| at.to_string()),
            updated_at: row.updated_at.to_string(),
            stale: row.stale,
        }
    }
}

impl From<row::OwnedLabel> for OwnedLabel {
    fn from(row: row::OwnedLabel) -> Self {
        let value = row.value.map(|value| value.to_string());
        Self { value, since: row.since.0, applied: row.applied }
    }
}

impl From<row::WantedAvailability> for WantedAvailability {
    fn from(row: row::WantedAvailability) -> Self {
        let availability = row.availability.into();
        Self { availability, since: row.since.0, applied: row.applied }
    }
}

impl From<row::Draining> for Draining {
    fn from(row: row::Draining) -> Self {
        let left = row.left.into_iter().map(|left| Left { name: left.name, reason: left.reason });
        Self {
            version: row.version.0,
            state: row.state.into(),
            before: row.before.into(),
            deadline: row.deadline.to_string(),
            forced: row.forced,
            started_at: row.started_at.to_string(),
            ended_at: row.ended_at.map(|at| at.to_string()),
            total_count: row.total_count,
            left_count: row.left_count,
            left: left.collect(),
            reason: row.reason.map(DrainFailure::from),
            words: row.words,
        }
    }
}

impl From<row::Rejected> for Rejected {
    fn from(row: row::Rejected) -> Self {
        Self { version: row.version.0, reason: row.reason, at: row.at.to_string() }
    }
}

/// A node of a provider, and the position it is of.
pub(super) async fn found(
    state: &State,
    provider: ProviderId,
    id: NodeId,
    when: impl Into<When>,
) -> Result<(row::Row, Position), Problem> {
    let none = || Problem::new(Code::NodeNotFound, domain::node::Error::NotFound);
    let at_least = match when.into() {
        When::Now(at_least) => at_least,
        When::Past(when) => {
            let (shown, position) = past::shown(state, Subject::Node(provider, id), when).await?;
            return match shown {
                Some(Shown::Node(row)) if row.provider_id == provider => Ok((row, position)),
                Some(_) | None => Err(none()),
            };
        }
    };
    let found =
        state.read(Model::NodeList, at_least, || query::get(&state.queries, provider, id)).await?;
    Ok((found.row.ok_or_else(none)?, found.position))
}
