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

/// Reads what all lists take; the filters were taken from `query` before, and nothing may be left.
pub(super) fn asked(request: &HttpRequest, mut query: Query) -> Result<Asked, Problem> {
    let words = Sort::ALL.map(|sort| (sort.as_str(), sort));
    let sort = query.word("sort", &words)?.unwrap_or_default();
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
            .filter(|(name, _)| !matches!(&**name, "cursor" | "limit" | "at_least"))
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
    let next = found.next.map(|after| cursor::write(&asked.list, &after)).transpose()?;
    let items = found.items.into_iter().map(V::from).collect();
    Ok(answer::page(&Page { items, next_cursor: next }, found.position))
}
