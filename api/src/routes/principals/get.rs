//! One principal.

use super::view::{Principal, found};
use crate::{
    parameters::{self, Query},
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};

/// Show a principal.
#[utoipa::path(
    get, path = "/v1/principals/{id}", operation_id = "get_principal", tag = "access",
    params(("id" = Uuid, Path, description = "The principal")),
    responses((status = 200, body = Principal, description = "The principal")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id(&request, "id")?;
    Query::none(&request)?;
    let principal = found(state.tokens.access(), id).await?;
    Ok(HttpResponse::Ok().json(Principal::from(principal)))
}
