//! What is known of a person is beside the log, so that it can be erased: the log goes on to name
//! the principal by an id that means nobody any more.

use super::view::{Principal, found};
use crate::{
    body::{self, Nothing},
    parameters::{self, Query},
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};

/// Erase what is known of a principal: its name, its e-mail address, what an identity provider
/// calls it, and what its tokens are called. Its id stays, with all it did; what it may do is ended
/// by revoking its roles and tokens. Whom an identity provider vouches for comes back as another
/// principal.
#[utoipa::path(
    delete, path = "/v1/principals/{id}", operation_id = "erase_principal", tag = "access",
    params(("id" = Uuid, Path, description = "The principal")),
    responses((status = 200, body = Principal, description = "What is left of it")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    body: body::Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    let Nothing {} = body.value;
    let id = parameters::id(&request, "id")?;
    Query::none(&request)?;
    let access = state.tokens.access();
    found(access, id).await?;
    access.erase(id).await.map_err(|error| Problem::query(&error))?;
    let left = found(access, id).await?;
    Ok(HttpResponse::Ok().json(Principal::from(left)))
}
