//! Events as everybody outside sees them: byte for byte as recorded, so that a reader can recompute
//! the leaf hash.

use crate::{
    answer::{self, Page},
    problem::Problem,
    state::State,
};
use actix_web::HttpResponse;
use adapters::{event_json::EventJson, postgres::event_feed};
use domain::{Position, feed::Feed, recorded::Stored};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An event, byte for byte as it was recorded.
#[derive(ToSchema)]
#[schema(as = Event)]
#[expect(dead_code, reason = "describes what `EventJson` writes")]
pub(crate) struct Event {
    /// Its place in the log: 1, 2, 3 … without holes.
    position: i64,
    id: Uuid,
    /// `provider:<id>`, `node:<id>` …
    stream: String,
    /// Its place in its stream.
    version: i64,
    r#type: String,
    schema_version: i16,
    /// What happened; its shape depends on `type` and `schema_version`.
    #[schema(value_type = Object)]
    data: (),
    /// Who and what caused it.
    #[schema(value_type = Object)]
    metadata: (),
    /// What it touched.
    tags: Vec<String>,
    #[schema(format = DateTime)]
    recorded_at: String,
    /// SHA-256(0x00 ‖ RFC 8785 JSON of the other ten fields), in hexadecimal.
    leaf_hash: String,
}

/// A page of events.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventPage {
    #[schema(value_type = Vec<Event>)]
    items: Vec<()>,
    /// Where the list goes on; null at its end.
    next_cursor: Option<String>,
}

impl From<event_feed::Error> for Problem {
    fn from(error: event_feed::Error) -> Self {
        Self::query(&error)
    }
}

/// The head of the log, which must be at least so far.
pub(crate) async fn head(state: &State, at_least: Option<Position>) -> Result<Position, Problem> {
    let head = state.feed.head().await?;
    state.saw(head);
    if let Some(wanted) = at_least {
        state.recorded("at_least", wanted).await?;
    }
    Ok(head)
}

/// A page of events, as exact bytes.
pub(crate) fn page(events: &[Stored], next_cursor: Option<String>, head: Position) -> HttpResponse {
    let items = events.iter().map(EventJson).collect();
    answer::page(&Page { items, next_cursor }, head)
}
