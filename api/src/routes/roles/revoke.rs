//! `RevokeRole`

use super::view::holder;
use crate::{
    answer::{self, Recorded},
    body::Nothing,
    idempotency::Asked,
    parameters,
    problem::{Code, Problem},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::access::revoke_role::RevokeRole;
use domain::{access, tag::Tag};

/// Revoke a role. It gives nothing any more in any process within a second.
#[utoipa::path(
    delete, path = "/v1/roles/{id}", operation_id = "revoke_role", tag = "access",
    params(("id" = Uuid, Path, description = "The role")),
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Nothing>,
) -> Result<HttpResponse, Problem> {
    let Nothing {} = asked.body;
    let role = parameters::id(&request, "id")?;
    let none = || Problem::new(Code::RoleNotFound, access::Error::RoleNotFound);
    let principal = holder(&state, &Tag::role(role)).await?.ok_or_else(none)?;
    let answer = state.command(RevokeRole { principal, role }, asked.request).await?;
    state.tokens.forget();
    answer::accepted(&answer)
}
