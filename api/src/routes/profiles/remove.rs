//! `RemoveProfile`

use crate::{
    answer::{self, Recorded},
    body::Nothing,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::profile::remove::RemoveProfile;

/// Remove a profile. Refused while workloads are made from it.
#[utoipa::path(
    delete, path = "/v1/organizations/{id}/profiles/{profile_id}", operation_id = "remove_profile",
    tag = "profiles",
    params(
        ("id" = Uuid, Path, description = "The organization"),
        ("profile_id" = Uuid, Path, description = "The profile"),
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
    let verb = RemoveProfile { organization, id: parameters::id(&request, "profile_id")? };
    answer::accepted(&state.command(verb, asked.request).await?)
}
