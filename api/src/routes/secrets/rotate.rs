//! `RotateSecret`

use crate::{
    answer::{self, Recorded},
    body::{Check, Hidden},
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::secret::rotate::RotateSecret;
use serde::Deserialize;

/// Another value.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RotateSecretRequest)]
pub(crate) struct Body {
    /// The value, as text: 1 to 511,999 bytes in UTF-8, since Docker Swarm takes less than 500 KiB.
    /// It is never shown again.
    #[schema(value_type = String, min_length = 1, max_length = 511_999, write_only)]
    value: Hidden,
}

/// Give a secret another value; the same value again changes nothing.
#[utoipa::path(
    post, path = "/v1/providers/{id}/secrets/{secret_id}/rotate", operation_id = "rotate_secret",
    tag = "secrets",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("secret_id" = Uuid, Path, description = "The secret"),
    ),
    request_body = Body,
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id(&request, "id")?;
    let secret = parameters::id(&request, "secret_id")?;
    let mut check = Check::default();
    let value = check.secret_value("/value", asked.body.value);
    let value = check.done(value)?;
    let verb = RotateSecret { provider, secret, value };
    answer::accepted(&state.command(verb, asked.request).await?)
}
