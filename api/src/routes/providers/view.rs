//! A provider as clients see it: in a list, and with its clusters as a profile.

use crate::{
    problem::{Code, Problem},
    state::State,
    words::{ClusterRole, DeploymentMode, Health, Kind, ProviderState, Visibility},
};
use domain::{Position, ids::ProviderId};
use projections::{
    Model, provider_list,
    provider_profile::{self, query, row},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A provider with its clusters.
#[derive(Serialize, ToSchema)]
pub(crate) struct Provider {
    id: Uuid,
    /// The version of its stream, for `If-Match`.
    version: i64,
    name: String,
    kind: Kind,
    visibility: Visibility,
    deployment_mode: DeploymentMode,
    state: ProviderState,
    comments: String,
    /// By rank.
    pub(crate) clusters: Vec<Cluster>,
    /// The organizations associated with it, by name; the first 200.
    organizations: Vec<Organization>,
    organization_count: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: String,
    #[schema(value_type = String, format = DateTime)]
    updated_at: String,
    /// Whether an event about it could not be applied, so that this may be out of date.
    stale: bool,
}

/// One real Swarm or Kubernetes API behind a provider.
#[derive(Serialize, ToSchema)]
pub(crate) struct Cluster {
    pub(crate) id: Uuid,
    name: String,
    url: String,
    /// Other managers of the same cluster.
    urls: Vec<String>,
    server_name: Option<String>,
    /// Its place in the order of fallbacks; 1 is the primary.
    rank: u16,
    /// Its share of the draws of an active/active provider.
    weight: u16,
    role: ClusterRole,
    health: Health,
}

/// An organization associated with a provider.
#[derive(Serialize, ToSchema)]
pub(crate) struct Organization {
    id: Uuid,
    name: String,
}

/// A provider, as a list shows it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProviderSummary {
    id: Uuid,
    /// The version of its stream, for `If-Match`.
    version: i64,
    name: String,
    kind: Kind,
    visibility: Visibility,
    deployment_mode: DeploymentMode,
    state: ProviderState,
    comments: String,
    cluster_count: u32,
    #[schema(value_type = String, format = DateTime)]
    created_at: String,
    #[schema(value_type = String, format = DateTime)]
    updated_at: String,
    /// Whether an event about it could not be applied, so that this may be out of date.
    stale: bool,
}

/// A page of providers.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProviderPage {
    items: Vec<ProviderSummary>,
    /// Where the list goes on; null at its end.
    next_cursor: Option<String>,
}

impl From<row::Row> for Provider {
    fn from(row: row::Row) -> Self {
        let organization =
            |item: row::Organization| Organization { id: item.id.0, name: item.name.to_string() };
        Self {
            id: row.id.0,
            version: row.version.0,
            name: row.name.to_string(),
            kind: row.kind.into(),
            visibility: row.visibility.into(),
            deployment_mode: row.deployment_mode.into(),
            state: row.state.into(),
            comments: row.comments,
            clusters: row.clusters.into_iter().map(Cluster::from).collect(),
            organizations: row.organizations.into_iter().map(organization).collect(),
            organization_count: row.organization_count,
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            stale: row.stale,
        }
    }
}

impl From<row::Cluster> for Cluster {
    fn from(row: row::Cluster) -> Self {
        Self {
            id: row.id.0,
            name: row.name.to_string(),
            url: row.url.to_string(),
            urls: row.urls.iter().map(ToString::to_string).collect(),
            server_name: row.server_name,
            rank: row.rank,
            weight: row.weight,
            role: row.role.into(),
            health: row.health.into(),
        }
    }
}

impl From<provider_list::row::Row> for ProviderSummary {
    fn from(row: provider_list::row::Row) -> Self {
        Self {
            id: row.id.0,
            version: row.version.0,
            name: row.name.to_string(),
            kind: row.kind.into(),
            visibility: row.visibility.into(),
            deployment_mode: row.deployment_mode.into(),
            state: row.state.into(),
            comments: row.comments,
            cluster_count: row.cluster_count,
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            stale: row.stale,
        }
    }
}

/// The profile of a provider, and the position it is of.
pub(crate) async fn found(
    state: &State,
    id: ProviderId,
    at_least: Option<Position>,
) -> Result<(provider_profile::row::Row, Position), Problem> {
    let found = state
        .read(Model::ProviderProfile, at_least, || query::get(&state.queries, id, None))
        .await?;
    let row = found
        .row
        .ok_or_else(|| Problem::new(Code::ProviderNotFound, domain::provider::Error::NotFound))?;
    Ok((row, found.position))
}
