//! An organization as clients see it.

use crate::{
    parameters::When,
    problem::{Code, Problem},
    routes::past,
    state::State,
};
use domain::{Position, ids::OrganizationId};
use projections::{
    Model,
    organization_list::{query, row::Row},
    past::{Shown, Subject},
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
    when: impl Into<When>,
) -> Result<(Row, Position), Problem> {
    let none = || Problem::new(Code::OrganizationNotFound, domain::organization::Error::NotFound);
    let at_least = match when.into() {
        When::Now(at_least) => at_least,
        When::Past(when) => {
            let (shown, position) = past::shown(state, Subject::Organization(id), when).await?;
            let Some(Shown::Organization(row)) = shown else { return Err(none()) };
            return Ok((row, position));
        }
    };
    let found =
        state.read(Model::OrganizationList, at_least, || query::get(&state.queries, id)).await?;
    Ok((found.row.ok_or_else(none)?, found.position))
}
