//! `RemoveProvider`

use crate::{
    answer::{self, Recorded},
    body::Nothing,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::provider::remove::RemoveProvider;

/// Remove a provider for ever. Refused while anything uses it; nothing on its clusters is touched,
/// and its name is free again.
#[utoipa::path(
    delete, path = "/v1/providers/{id}", operation_id = "remove_provider", tag = "providers",
    params(("id" = Uuid, Path, description = "The provider")),
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Nothing>,
) -> Result<HttpResponse, Problem> {
    let Nothing {} = asked.body;
    let verb = RemoveProvider { id: parameters::id(&request, "id")? };
    answer::accepted(&state.command(verb, asked.request).await?)
}
