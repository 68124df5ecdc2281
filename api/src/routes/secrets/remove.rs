//! `RemoveSecret`

use crate::{
    answer::{self, Recorded},
    body::Nothing,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::secret::remove::RemoveSecret;

/// Remove a secret and shred its values; refused while a profile refers to it.
#[utoipa::path(
    delete, path = "/v1/providers/{id}/secrets/{secret_id}", operation_id = "remove_secret",
    tag = "secrets",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("secret_id" = Uuid, Path, description = "The secret"),
    ),
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Nothing>,
) -> Result<HttpResponse, Problem> {
    let Nothing {} = asked.body;
    let provider = parameters::id(&request, "id")?;
    let secret = parameters::id(&request, "secret_id")?;
    let verb = RemoveSecret { provider, secret };
    answer::accepted(&state.command(verb, asked.request).await?)
}
