//! A secret as clients see it: everything but its value.

use crate::{problem::Problem, state::State};
use domain::StreamId;
use projections::{secret_list::row::Row, used_by::used_by};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A secret of a provider.
#[derive(Serialize, ToSchema)]
pub(crate) struct Secret {
    id: Uuid,
    /// The version of its stream, for `If-Match`.
    version: i64,
    provider_id: Uuid,
    name: String,
    /// Which version of its value holds; it grows with each rotation, and may skip a number.
    value_version: u32,
    /// Equal for equal values of this secret, and says nothing else about them.
    fingerprint: String,
    /// What uses it, as `profile:<id>`; at most 100.
    used_by: Vec<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// When it got the value that holds.
    #[schema(format = DateTime)]
    rotated_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// Whether an event about it could not be applied, so that this may be out of date.
    stale: bool,
}

/// A page of secrets.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecretPage {
    items: Vec<Secret>,
    /// Where the list goes on; null at its end.
    next_cursor: Option<String>,
}

/// A row, and who uses it.
pub(super) type Used = (Row, Vec<StreamId>);

impl From<Used> for Secret {
    fn from((row, users): Used) -> Self {
        Self {
            id: row.id.0,
            version: row.version.0,
            provider_id: row.provider_id.0,
            name: row.name.to_string(),
            value_version: row.value.version,
            fingerprint: row.value.fingerprint.to_string(),
            used_by: users.iter().map(ToString::to_string).collect(),
            created_at: row.created_at.to_string(),
            rotated_at: row.rotated_at.to_string(),
            updated_at: row.updated_at.to_string(),
            stale: row.stale,
        }
    }
}

/// Rows with those that use them.
pub(super) async fn used(state: &State, rows: Vec<Row>) -> Result<Vec<Used>, Problem> {
    let streams: Vec<StreamId> = rows.iter().map(|row| StreamId::secret(row.id)).collect();
    let users = used_by(&state.queries, &streams).await.map_err(|error| Problem::query(&error))?;
    Ok(rows.into_iter().zip(users).collect())
}
