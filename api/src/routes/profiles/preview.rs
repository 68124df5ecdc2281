//! Which nodes match a profile, before anything is saved or started.

use super::{
    request::{self, ConstraintBody},
    view::{ShownConstraint, found},
};
use crate::{
    answer,
    body::{Body, Check, given},
    parameters::{self, Query},
    problem::{Code, Problem},
    state::State,
    words::{Availability, NodeState},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{
    Position,
    constraint::Constraint,
    ids::{OrganizationId, ProviderId},
    placement::matching::Miss,
    scope::Scope,
};
use projections::{
    Model,
    node_list::matching::{self, Almost, Preview as Found},
    provider_list,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Other constraints to try.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PreviewProfileRequest)]
pub(crate) struct Tried {
    /// Absent: those that the profile has.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_items = 32)]
    constraints: Option<Vec<ConstraintBody>>,
}

/// Which nodes match constraints.
#[derive(Serialize, ToSchema)]
pub(crate) struct Preview {
    /// How many nodes match and take work.
    matching: u32,
    /// How many nodes there are. At most 100,000 are looked at.
    nodes: u32,
    /// The same for each cluster that has nodes.
    clusters: Vec<ClusterPreview>,
    /// At most 20 nodes that do not match: those with the fewest reasons first.
    almost: Vec<AlmostMatching>,
}

/// Which nodes of a cluster match.
#[derive(Serialize, ToSchema)]
struct ClusterPreview {
    cluster_id: Uuid,
    matching: u32,
    nodes: u32,
}

/// A node that does not match, and why not.
#[derive(Serialize, ToSchema)]
struct AlmostMatching {
    node_id: Uuid,
    cluster_id: Uuid,
    name: String,
    reasons: Vec<Reason>,
}

/// One thing that keeps a node from matching.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "reason")]
enum Reason {
    /// A label is not as it must be.
    Constraint {
        constraint: ShownConstraint,
        /// What the label is; null where the node has none.
        found: Option<String>,
    },
    /// It takes no new work.
    Availability { found: Availability },
    /// It does not work.
    State { found: NodeState },
    /// Its cluster no longer lists it.
    Lost,
}

impl From<Miss> for Reason {
    fn from(miss: Miss) -> Self {
        match miss {
            Miss::Constraint { constraint, found } => {
                Self::Constraint { constraint: constraint.into(), found }
            }
            Miss::Availability(found) => Self::Availability { found: found.into() },
            Miss::State(found) => Self::State { found: found.into() },
            Miss::Lost => Self::Lost,
        }
    }
}

impl From<Almost> for AlmostMatching {
    fn from(almost: Almost) -> Self {
        Self {
            node_id: almost.id.0,
            cluster_id: almost.cluster.0,
            name: almost.name,
            reasons: almost.misses.into_iter().map(Reason::from).collect(),
        }
    }
}

impl From<Found> for Preview {
    fn from(found: Found) -> Self {
        let counts = || found.clusters.values();
        Self {
            matching: counts().map(|count| count.matching).sum(),
            nodes: counts().map(|count| count.nodes).sum(),
            clusters: found
                .clusters
                .iter()
                .map(|(cluster, count)| ClusterPreview {
                    cluster_id: cluster.0,
                    matching: count.matching,
                    nodes: count.nodes,
                })
                .collect(),
            almost: found.almost.into_iter().map(AlmostMatching::from).collect(),
        }
    }
}

/// Brings the nodes of a provider before constraints, as an organization may.
pub(super) async fn preview(
    state: &State,
    organization: OrganizationId,
    provider: ProviderId,
    constraints: &[Constraint],
    at_least: Option<Position>,
) -> Result<HttpResponse, Problem> {
    let scope = Scope::Organizations([organization].into());
    let get = || provider_list::query::get(&state.queries, provider, &scope);
    let seen = state.read(Model::ProviderList, at_least, get).await?;
    let row = seen
        .row
        .ok_or_else(|| Problem::new(Code::ProviderNotFound, domain::provider::Error::NotFound))?;
    let look = || matching::preview(&state.queries, provider, row.kind, constraints);
    let found = state.read(Model::NodeList, at_least, look).await?;
    let position = found.position.min(seen.position);
    Ok(answer::seen(&Preview::from(found), position))
}

/// Count the nodes that match a profile, and name those that almost do. Nothing is recorded.
#[utoipa::path(
    post, path = "/v1/organizations/{id}/profiles/{profile_id}/preview",
    operation_id = "preview_profile", tag = "profiles",
    params(
        ("id" = Uuid, Path, description = "The organization"),
        ("profile_id" = Uuid, Path, description = "The profile"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    request_body = Tried,
    responses((status = 200, body = Preview, description = "What would match")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    body: Body<Tried>,
) -> Result<HttpResponse, Problem> {
    let organization = parameters::id(&request, "id")?;
    let id = parameters::id(&request, "profile_id")?;
    let mut query = Query::of(&request)?;
    let at_least = query.position("at_least")?;
    query.done()?;
    let mut check = Check::default();
    let tried = body.value.constraints.map(|all| request::constraints(&mut check, all));
    let tried = check.done(tried.map_or(Some(None), |checked| checked.map(Some)))?;
    let (row, _) = found(&state, organization, id, at_least).await?;
    let constraints = tried.unwrap_or(row.constraints);
    preview(&state, organization, row.provider_id, &constraints, at_least).await
}
