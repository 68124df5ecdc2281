//! One token, without itself.

use super::view::{Token, told};
use crate::{
    answer,
    parameters::{self, Query},
    problem::{Code, Problem},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::access;
use projections::{Model, access_list::query};

/// Show a token, without itself.
#[utoipa::path(
    get, path = "/v1/tokens/{id}", operation_id = "get_token", tag = "access",
    params(
        ("id" = Uuid, Path, description = "The token's id"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    responses((status = 200, body = Token, description = "The token, without itself")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id(&request, "id")?;
    let mut query = Query::of(&request)?;
    let at_least = query.position("at_least")?;
    query.done()?;
    let found =
        state.read(Model::AccessList, at_least, || query::token(&state.queries, id)).await?;
    let none = || Problem::new(Code::TokenNotFound, access::Error::TokenNotFound);
    let (row, version) = found.row.ok_or_else(none)?;
    let token = told(&state, vec![row]).await?.pop().ok_or_else(none)?;
    Ok(answer::profile(&token, version, found.position))
}
