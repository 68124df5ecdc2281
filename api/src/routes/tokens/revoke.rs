//! `RevokeToken`

use super::super::roles::view::holder;
use crate::{
    answer::{self, Recorded},
    body::Nothing,
    idempotency::Asked,
    parameters,
    problem::{Code, Problem},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::access::revoke_token::RevokeToken;
use domain::{access, tag::Tag};

/// Revoke a token. It is refused in every process within a second.
#[utoipa::path(
    delete, path = "/v1/tokens/{id}", operation_id = "revoke_token", tag = "access",
    params(("id" = Uuid, Path, description = "The token's id")),
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Nothing>,
) -> Result<HttpResponse, Problem> {
    let Nothing {} = asked.body;
    let token = parameters::id(&request, "id")?;
    let principal = holder(&state, &Tag::token(token))
        .await?
        .ok_or_else(|| Problem::new(Code::TokenNotFound, access::Error::TokenNotFound))?;
    let answer = state.command(RevokeToken { principal, token }, asked.request).await?;
    state.tokens.forget();
    answer::accepted(&answer)
}
