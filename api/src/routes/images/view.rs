//! An image as clients see it.

use crate::words::{ImageState, Visibility};
use projections::image_list::row::Row;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An image that is declared on a provider.
#[derive(Serialize, ToSchema)]
pub(crate) struct Image {
    id: Uuid,
    /// The version of its stream, for `If-Match`.
    version: i64,
    provider_id: Uuid,
    /// What is pulled, as written.
    reference: String,
    /// The host that it is pulled from.
    registry: String,
    visibility: Visibility,
    state: ImageState,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// Whether an event about it could not be applied, so that this may be out of date.
    stale: bool,
}

/// A page of images.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImagePage {
    items: Vec<Image>,
    /// Where the list goes on; null at its end.
    next_cursor: Option<String>,
}

impl From<Row> for Image {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            version: row.version.0,
            provider_id: row.provider_id.0,
            reference: row.reference.to_string(),
            registry: row.reference.registry().to_owned(),
            visibility: row.visibility.into(),
            state: row.state.into(),
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            stale: row.stale,
        }
    }
}
