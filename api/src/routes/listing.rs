//! What all lists of read models have in common: page, order, filters, freshness.

use crate::{
    answer::{self, Page},
    cursor,
    parameters::Query,
    problem::Problem,
};
use actix_web::{HttpRequest, HttpResponse};
use domain::Position;
use projections::page::{self, After, Listing, Sort};
use serde::Serialize;

/// Which page of a list was asked for.
pub(super) struct Asked {
    pub(super) listing: Listing,
    pub(super) at_least: Option<Position>,
    /// The list with its filters and its order: what a cursor belongs to.
    list: String,
}

impl Asked {
    /// Where the list goes on, for the client.
    pub(super) fn cursor(&self, next: Option<After>) -> Result<Option<String>, Problem> {
        next.map(|after| cursor::write(&self.list, &after)).transpose()
    }
}

/// Reads what all lists take; the filters were taken from `query` before, and nothing may be left.
pub(super) fn asked(request: &HttpRequest, query: Query) -> Result<Asked, Problem> {
    sorted(request, query, &Sort::NAMED)
}

/// The same for a list of what has no name; newest first, where the client does not say.
pub(super) fn asked_by_time(request: &HttpRequest, query: Query) -> Result<Asked, Problem> {
    sorted(request, query, &[Sort::CreatedAtDescending, Sort::CreatedAt])
}

/// The same for a list of what has a name and an end.
pub(super) fn asked_of_ends(request: &HttpRequest, query: Query) -> Result<Asked, Problem> {
    sorted(request, query, &Sort::ALL)
}

/// The first order is that of a client that does not say.
fn sorted(request: &HttpRequest, mut query: Query, orders: &[Sort]) -> Result<Asked, Problem> {
    let words: Vec<(&str, Sort)> = orders.iter().map(|sort| (sort.as_str(), *sort)).collect();
    let sort = query.word("sort", &words)?.or(orders.first().copied()).unwrap_or_default();
    let limit = query.limit()?;
    let at_least = query.position("at_least")?;
    let cursor = query.text("cursor");
    query.done()?;
    let list = identity(request);
    let after = cursor.map(|cursor| cursor::read::<After>(&list, &cursor)).transpose()?;
    Ok(Asked { listing: Listing { sort, after, limit }, at_least, list })
}

/// Path and query without what changes from page to page.
pub(super) fn identity(request: &HttpRequest) -> String {
    let mut filters: Vec<(String, String)> =
        url::form_urlencoded::parse(request.query_string().as_bytes())
            .filter(|(name, _)| !matches!(&**name, "after" | "at_least" | "cursor" | "limit"))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
    filters.sort();
    format!("{} {filters:?}", request.path())
}

/// Answers a page of a read model.
pub(super) fn answer<R, V: From<R> + Serialize>(
    asked: &Asked,
    found: page::Page<R>,
) -> Result<HttpResponse, Problem> {
    let next = asked.cursor(found.next)?;
    Ok(page(found.items.into_iter().map(V::from).collect(), next, found.position))
}

/// Answers a page of what is shown.
pub(super) fn page<V: Serialize>(
    items: Vec<V>,
    next_cursor: Option<String>,
    position: Position,
) -> HttpResponse {
    answer::page(&Page { items, next_cursor }, position)
}
