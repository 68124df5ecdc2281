//! `RenameOrganization`

use crate::{
    answer::{self, Recorded},
    body::Check,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::organization::rename::RenameOrganization;
use serde::Deserialize;

/// Another name for an organization.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RenameOrganizationRequest)]
pub(crate) struct Body {
    /// Unique in the instance, regardless of case and Unicode form.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
}

/// Rename an organization; the name before is free again.
#[utoipa::path(
    patch, path = "/v1/organizations/{id}", operation_id = "rename_organization",
    tag = "organizations",
    params(("id" = Uuid, Path, description = "The organization")),
    request_body = Body,
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id(&request, "id")?;
    let mut check = Check::default();
    let name = check.name("/name", &asked.body.name);
    let verb = RenameOrganization { id, name: check.done(name)? };
    answer::accepted(&state.command(verb, asked.request).await?)
}
