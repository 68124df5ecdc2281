//! Everything that touched a provider, from the log itself.

use super::view::seen;
use crate::{
    answer::{self, Page},
    auth::Caller,
    cursor,
    parameters::{self, Query},
    problem::{Code, Problem},
    routes::{
        events::{self, view},
        history::entry::{self, HistoryEntry},
        listing,
    },
    state::State,
};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, ReqData},
};
use adapters::postgres::event_feed::TagFilter;
use domain::{Position, ids::ProviderId, scope::Scope, tag::Tag};
use projections::Model;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// A page of the history.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the handler writes")]
pub(crate) struct HistoryPage {
    items: Vec<HistoryEntry>,
    /// Where the list goes on; null at its end. A page may end before `limit`.
    next_cursor: Option<String>,
}

fn filter(query: &mut Query) -> Result<TagFilter, Problem> {
    let filter = events::filter(query)?;
    Ok(TagFilter {
        before: None,
        types: filter.types,
        actor: filter.actor,
        since: filter.since,
        until: filter.until,
    })
}

/// Show every event that touched a provider, newest first, with what each of them changed. To an
/// organization, those of its own association, profiles and workloads.
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
    responses((status = 200, body = HistoryPage, description = "A page")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    caller: ReqData<Caller>,
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
    let scope = caller.scope();
    if let (Scope::Organizations(_), Some(at_least)) = (&scope, at_least) {
        // Who is one of its own, and so is named, a read model says.
        state.seen(Model::AccessList, at_least).await?;
    }
    let mut events = state.feed.tagged(&scope, &tag, &filter, limit + 1).await?;
    if events.is_empty() {
        known(&state, &scope, id).await?;
    }
    let found = events.len();
    events.truncate(usize::from(limit));
    let subjects = entry::subjects(&state, &scope, id, &events).await?;
    events.truncate(subjects.len());
    let is_last = events.len() == found;
    let items: Vec<Box<RawValue>> = entry::entries(&state, &scope, &events, &subjects).await?;
    let last = events.last().map(|event| event.position).filter(|_| !is_last);
    let next = last.map(|last| cursor::write(&list, &last)).transpose()?;
    Ok(answer::page(&Page { items, next_cursor: next }, head))
}

/// Whether there is, or was, something that the reader may know of: events, or to an organization
/// a provider that it sees and has not touched yet.
pub(super) async fn known(state: &State, scope: &Scope, id: ProviderId) -> Result<(), Problem> {
    let any = state.feed.tagged(scope, &Tag::provider(id), &TagFilter::default(), 1).await?;
    match scope {
        _ if !any.is_empty() => Ok(()),
        Scope::Instance => {
            Err(Problem::new(Code::ProviderNotFound, domain::provider::Error::NotFound))
        }
        Scope::Organizations(_) => seen(state, scope, id, None).await.map(drop),
    }
}
