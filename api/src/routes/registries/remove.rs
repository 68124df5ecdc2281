//! `RemoveRegistryCredential`

use crate::{
    answer::{self, Recorded},
    body::{Check, Nothing},
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::provider::remove_registry_credential::RemoveRegistryCredential;
use domain::{ids::ProviderId, image::Registry};

/// Remove the credential of a registry, and forget it.
#[utoipa::path(
    delete, path = "/v1/providers/{id}/registries/{registry}",
    operation_id = "remove_registry_credential", tag = "registries",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("registry" = String, Path,
            description = "A host, with a port if needed; `docker.io` is Docker Hub"),
    ),
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Nothing>,
) -> Result<HttpResponse, Problem> {
    let Nothing {} = asked.body;
    let provider = parameters::id::<ProviderId>(&request, "id")?;
    let mut check = Check::default();
    let registry = check.take("registry", Registry::parse(parameters::text(&request, "registry")));
    let registry = check.done(registry)?;
    let verb = RemoveRegistryCredential { provider, registry };
    answer::accepted(&state.command(verb, asked.request).await?)
}
