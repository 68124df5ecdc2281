//! `DissociateOrg`

use crate::{
    answer::{self, Recorded},
    body::Nothing,
    idempotency::{Asked, Force},
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::organization::dissociate::DissociateOrg;

/// End the association of an organization with a provider. Refused while the organization uses it
/// and could not without the association, unless forced.
#[utoipa::path(
    delete, path = "/v1/organizations/{id}/providers/{provider_id}",
    operation_id = "dissociate_org", tag = "organizations",
    params(
        ("id" = Uuid, Path, description = "The organization"),
        ("provider_id" = Uuid, Path, description = "The provider"),
        ("force" = Option<bool>, Query,
            description = "Also while the organization uses it; what runs there keeps running"),
    ),
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Nothing, Force>,
) -> Result<HttpResponse, Problem> {
    let Nothing {} = asked.body;
    let organization = parameters::id(&request, "id")?;
    let provider = parameters::id(&request, "provider_id")?;
    let Force(force) = asked.parameters;
    let verb = DissociateOrg { organization, provider, force };
    answer::accepted(&state.command(verb, asked.request).await?)
}
