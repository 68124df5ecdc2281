//! A page of the principals.

use super::view::{Principal, PrincipalPage};
use crate::{
    answer::Page, cursor, parameters::Query, problem::Problem, routes::listing, state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use adapters::postgres::access::principals::Filter;
use domain::ids::PrincipalId;

/// List principals, in the order in which they were first seen.
#[utoipa::path(
    get, path = "/v1/principals", operation_id = "list_principals", tag = "access",
    params(
        ("name" = Option<String>, Query, description = "The name contains this"),
        ("email" = Option<String>, Query, description = "With this e-mail address"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Entries a page"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, body = PrincipalPage, description = "A page")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let (name, email) = (query.text("name"), query.text("email"));
    let limit = query.limit()?;
    let cursor = query.text("cursor");
    query.done()?;
    let list = listing::identity(&request);
    let after = cursor.map(|cursor| cursor::read::<PrincipalId>(&list, &cursor)).transpose()?;
    let filter = Filter { name, email, after };
    let found = state.tokens.access().principals(&filter, limit + 1).await;
    let mut found = found.map_err(|error| Problem::query(&error))?;
    let is_last = found.len() <= usize::from(limit);
    found.truncate(usize::from(limit));
    let last = found.last().map(|last| last.id).filter(|_| !is_last);
    let next_cursor = last.map(|last| cursor::write(&list, &last)).transpose()?;
    let items: Vec<Principal> = found.into_iter().map(Principal::from).collect();
    Ok(HttpResponse::Ok().json(Page { items, next_cursor }))
}
