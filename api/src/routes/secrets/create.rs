//! `CreateSecret`

use crate::{
    answer::{self, Recorded},
    body::{Check, Hidden},
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::secret::create::CreateSecret;
use domain::ids::{ProviderId, SecretId};
use serde::Deserialize;
use uuid::Uuid;

/// A secret to be created.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateSecretRequest)]
pub(crate) struct Body {
    /// Unique on the provider: parts of `[a-z0-9-]`, divided by dots, each with a letter or digit
    /// at both ends.
    #[schema(min_length = 1, max_length = 52, example = "db-password")]
    name: String,
    /// The value, as text: 1 to 511,999 bytes in UTF-8, since Docker Swarm takes less than 500 KiB.
    /// It is never shown again.
    #[schema(value_type = String, min_length = 1, max_length = 511_999, write_only)]
    value: Hidden,
}

/// Create a secret; its value is kept in the vault and nowhere else.
#[utoipa::path(
    post, path = "/v1/providers/{id}/secrets", operation_id = "create_secret", tag = "secrets",
    params(("id" = Uuid, Path, description = "The provider")),
    request_body = Body,
    responses((status = 201, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id::<ProviderId>(&request, "id")?;
    let mut check = Check::default();
    let name = check.secret_name("/name", &asked.body.name);
    let value = check.secret_value("/value", asked.body.value);
    let (name, value) = check.done(name.zip(value))?;
    let verb = CreateSecret { id: SecretId(Uuid::now_v7()), provider, name, value };
    let recorded = state.command(verb, asked.request).await?;
    answer::created(&recorded, |id| format!("/v1/providers/{provider}/secrets/{id}"))
}
