//! The log by position, for auditors and for whoever keeps a copy.

use super::view::{self, EventPage};
use crate::{
    cursor,
    parameters::Query,
    problem::{Code, Problem},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{Position, feed::Feed};

/// What a cursor of this list belongs to; it has no filters.
const LIST: &str = "events";

/// Read the log: events after a position, in order, without holes.
#[utoipa::path(
    get, path = "/v1/events", operation_id = "list_events", tag = "events",
    params(
        ("after" = Option<i64>, Query, description = "The last position already known; 0 or none \
            for the beginning"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Entries a page"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before, \
            instead of `after`"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    responses((status = 200, body = EventPage, description = "A page")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let after = query.position("after")?;
    let limit = query.limit()?;
    let at_least = query.position("at_least")?;
    let cursor = query.text("cursor");
    query.done()?;
    if after.is_some() && cursor.is_some() {
        let detail = "must not be given together with `after`";
        return Err(Problem::at(Code::MalformedParameter, "cursor", "exclusive", detail));
    }
    let cursor = cursor.map(|cursor| cursor::read::<Position>(LIST, &cursor)).transpose()?;
    let after = after.or(cursor).unwrap_or(Position::START);
    let head = view::head(&state, at_least).await?;
    let events = state.feed.after(after, limit).await?;
    let last = events.last().map(|event| event.position);
    let more = last.filter(|last| *last < head);
    let next = more.map(|last| cursor::write(LIST, &last)).transpose()?;
    Ok(view::page(&events, next, head))
}
