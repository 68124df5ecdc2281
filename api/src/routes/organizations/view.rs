//! An organization as clients see it.

use crate::{
    problem::{Code, Problem},
    state::State,
};
use domain::{Position, ids::OrganizationId};
use projections::{
    Model,
    organization_list::{query, row::Row},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A tenant.
#[derive(Serialize, ToSchema)]
pub(crate) struct Organization {
    id: Uuid,
    /// The version of its stream, for `If-Match`.
    version: i64,
    name: String,
    /// How many providers it is associated with.
    provider_count: u32,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// Whether an event about it could not be applied, so that this may be out of date.
    stale: bool,
}

/// A page of organizations.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrganizationPage {
    items: Vec<Organization>,
    /// Where the list goes on; null at its end.
    next_cursor: Option<String>,
}

impl From<Row> for Organization {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            version: row.version.0,
            name: row.name.to_string(),
            provider_count: row.provider_count,
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            stale: row.stale,
        }
    }
}

/// An organization, and the position it is of.
pub(in crate::routes) async fn found(
    state: &State,
    id: OrganizationId,
    at_least: Option<Position>,
) -> Result<(Row, Position), Problem> {
    let found =
        state.read(Model::OrganizationList, at_least, || query::get(&state.queries, id)).await?;
    let row = found.row.ok_or_else(|| {
        Problem::new(Code::OrganizationNotFound, domain::organization::Error::NotFound)
    })?;
    Ok((row, found.position))
}
