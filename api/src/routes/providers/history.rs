//! Everything that touched a provider, from the log itself.

use crate::{
    cursor,
    parameters::{self, Query},
    problem::{Code, Problem},
    routes::{
        events::view::{self, EventPage},
        listing,
    },
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use adapters::postgres::event_feed::TagFilter;
use domain::{Position, Timestamp, ids::ProviderId, tag::Tag};

/// The most types in one filter.
const TYPES_MAX: usize = 50;
const TIME_RULE: &str = "must be a time in UTC such as `2026-03-01T12:00:00.000000Z`";

fn filter(query: &mut Query) -> Result<TagFilter, Problem> {
    let types: Vec<String> = query
        .text("type")
        .map(|types| types.split(',').map(str::to_owned).collect())
        .unwrap_or_default();
    let known = domain::Event::types();
    if types.len() > TYPES_MAX || types.iter().any(|name| !known.contains(&name.as_str())) {
        let detail = "must be types of events, separated by commas, such as `NodeLabeled`";
        return Err(Problem::at(Code::MalformedParameter, "type", "unknown_value", detail));
    }
    Ok(TagFilter {
        before: None,
        types,
        actor: query.uuid("actor")?,
        since: query.parsed::<Timestamp>("since", TIME_RULE)?,
        until: query.parsed::<Timestamp>("until", TIME_RULE)?,
    })
}

/// Show every event that touched a provider, newest first.
#[utoipa::path(
    get, path = "/v1/providers/{id}/history", operation_id = "provider_history",
    tag = "providers",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("type" = Option<String>, Query, description = "Types of events, separated by commas"),
        ("actor" = Option<Uuid>, Query, description = "The principal who acted"),
        ("since" = Option<String>, Query, description = "Recorded at this time or later"),
        ("until" = Option<String>, Query, description = "Recorded before this time"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Entries a page"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    responses((status = 200, body = EventPage, description = "A page")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id::<ProviderId>(&request, "id")?;
    let mut query = Query::of(&request)?;
    let mut filter = filter(&mut query)?;
    let limit = query.limit()?;
    let at_least = query.position("at_least")?;
    let cursor = query.text("cursor");
    query.done()?;
    let list = listing::identity(&request);
    filter.before = cursor.map(|cursor| cursor::read::<Position>(&list, &cursor)).transpose()?;

    let head = view::head(&state, at_least).await?;
    let tag = Tag::provider(id);
    let mut events = state.feed.tagged(&tag, &filter, limit + 1).await?;
    if events.is_empty() && !exists(&state, &tag).await? {
        return Err(Problem::new(Code::ProviderNotFound, domain::provider::Error::NotFound));
    }
    let is_last = events.len() <= usize::from(limit);
    events.truncate(usize::from(limit));
    let last = events.last().map(|event| event.position).filter(|_| !is_last);
    let next = last.map(|last| cursor::write(&list, &last)).transpose()?;
    Ok(view::page(&events, next, head))
}

async fn exists(state: &State, tag: &Tag) -> Result<bool, Problem> {
    Ok(!state.feed.tagged(tag, &TagFilter::default(), 1).await?.is_empty())
}
