//! `RegisterOrganization`

use crate::{
    answer::{self, Recorded},
    body::Check,
    idempotency::Asked,
    problem::Problem,
    state::State,
};
use actix_web::{HttpResponse, web::Data};
use commands::organization::register::RegisterOrganization;
use domain::ids::OrganizationId;
use serde::Deserialize;
use uuid::Uuid;

/// An organization to be registered.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegisterOrganizationRequest)]
pub(crate) struct Body {
    /// Unique in the instance, regardless of case and Unicode form.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
}

/// Register an organization.
#[utoipa::path(
    post, path = "/v1/organizations", operation_id = "register_organization",
    tag = "organizations",
    request_body = Body,
    responses((status = 201, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let mut check = Check::default();
    let name = check.name("/name", &asked.body.name);
    let name = check.done(name)?;
    let verb = RegisterOrganization { id: OrganizationId(Uuid::now_v7()), name };
    let recorded = state.command(verb, asked.request).await?;
    answer::created(&recorded, |id| format!("/v1/organizations/{id}"))
}
