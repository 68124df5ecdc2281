//! The log by position, for auditors and for whoever keeps a copy.

use super::{
    filter, touched,
    view::{self, EventPage},
};
use crate::{
    auth::Caller,
    cursor,
    parameters::Query,
    problem::{Code, Problem},
    routes::listing,
    state::State,
};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, ReqData},
};
use adapters::postgres::event_feed::Filter;
use domain::Position;

/// Read the log: events after a position, in order; for an auditor and without a filter, without
/// holes. Members of organizations see what touched these. A page whose filter let little through
/// may have fewer entries than it could, or none, and still go on.
#[utoipa::path(
    get, path = "/v1/events", operation_id = "list_events", tag = "events",
    params(
        ("after" = Option<i64>, Query, description = "The last position already known; 0 or none \
            for the beginning"),
        ("type" = Option<String>, Query, description = "Types of events, separated by commas"),
        ("actor" = Option<Uuid>, Query, description = "The principal who acted"),
        ("tag" = Option<String>, Query, description = "What the events touched: `provider:<id>`"),
        ("since" = Option<String>, Query, format = DateTime, description = "Recorded at this time \
            or later"),
        ("until" = Option<String>, Query, format = DateTime, description = "Recorded before this \
            time"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Entries a page"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before, \
            instead of `after`"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    responses((status = 200, body = EventPage, description = "A page")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    caller: ReqData<Caller>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let after = query.position("after")?;
    let filter = Filter { tag: touched(&mut query)?, ..filter(&mut query)? };
    let limit = query.limit()?;
    let at_least = query.position("at_least")?;
    let cursor = query.text("cursor");
    query.done()?;
    if after.is_some() && cursor.is_some() {
        let detail = "must not be given together with `after`";
        return Err(Problem::at(Code::MalformedParameter, "cursor", "exclusive", detail));
    }
    let list = listing::identity(&request);
    let cursor = cursor.map(|cursor| cursor::read::<Position>(&list, &cursor)).transpose()?;
    let after = after.or(cursor).unwrap_or(Position::START);
    let head = view::head(&state, at_least).await?;
    let found = state.feed.matching(&caller.scope(), after, &filter, limit).await?;
    let more = Some(found.seen).filter(|seen| *seen < head);
    let next = more.map(|seen| cursor::write(&list, &seen)).transpose()?;
    Ok(view::page(&found.events, next, head))
}
