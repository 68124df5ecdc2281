//! A page of the tokens.

use super::view::{TokenPage, told};
use crate::{parameters::Query, problem::Problem, routes::listing, state::State};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use adapters::clock::SystemClock;
use commands::ports::Clock;
use projections::{
    Model,
    access_list::query::{self, TokenFilter},
};

/// List tokens, without themselves.
#[utoipa::path(
    get, path = "/v1/tokens", operation_id = "list_tokens", tag = "access",
    params(
        ("principal_id" = Option<Uuid>, Query, description = "Of this principal"),
        ("sort" = Option<String>, Query, description = "`-created_at` or `created_at`"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Entries a page"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    responses((status = 200, body = TokenPage, description = "A page")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let filter = TokenFilter { principal: query.uuid("principal_id")? };
    let asked = listing::asked_by_time(&request, query)?;
    let list = || query::tokens(&state.queries, &filter, &asked.listing);
    let page = state.read(Model::AccessList, asked.at_least, list).await?;
    let next = asked.cursor(page.next)?;
    Ok(listing::page(told(&state, page.items, SystemClock.now()).await?, next, page.position))
}
