//! `DisableProvider`

use crate::{
    answer::{self, Recorded},
    body::Nothing,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::provider::disable::DisableProvider;

/// Disable a provider: hands off; what runs on its clusters keeps running.
#[utoipa::path(
    post, path = "/v1/providers/{id}/disable", operation_id = "disable_provider", tag = "providers",
    params(("id" = Uuid, Path, description = "The provider")),
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Nothing>,
) -> Result<HttpResponse, Problem> {
    let Nothing {} = asked.body;
    let verb = DisableProvider { id: parameters::id(&request, "id")? };
    answer::accepted(&state.command(verb, asked.request).await?)
}
