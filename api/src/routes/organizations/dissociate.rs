//! `DissociateOrg`

use crate::{
    answer::{self, Recorded},
    body::Nothing,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::organization::dissociate::DissociateOrg;

/// End the association of an organization with a provider.
#[utoipa::path(
    delete, path = "/v1/organizations/{id}/providers/{provider_id}",
    operation_id = "dissociate_org", tag = "organizations",
    params(
        ("id" = Uuid, Path, description = "The organization"),
        ("provider_id" = Uuid, Path, description = "The provider"),
    ),
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Nothing>,
) -> Result<HttpResponse, Problem> {
    let Nothing {} = asked.body;
    let organization = parameters::id(&request, "id")?;
    let provider = parameters::id(&request, "provider_id")?;
    let verb = DissociateOrg { organization, provider };
    answer::accepted(&state.command(verb, asked.request).await?)
}
