//! The credential of one registry, without its password.

use super::view::{NamedCredential, named};
use crate::{
    answer,
    body::Check,
    parameters::{self, Query},
    problem::{Code, Problem},
    routes::providers::view::found,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{ids::ProviderId, image::Registry, provider};

/// Show the credential of a registry, without its password. Its `ETag` is the version of its
/// provider, in whose stream it is kept.
#[utoipa::path(
    get, path = "/v1/providers/{id}/registries/{registry}",
    operation_id = "get_registry_credential", tag = "registries",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("registry" = String, Path,
            description = "A host, with a port if needed; `docker.io` is Docker Hub"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
        ("as_of" = Option<String>, Query, description = "Show it as it was: a position of the log, \
            or a time of RFC 3339"),
    ),
    responses((status = 200, body = NamedCredential, description = "The credential")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id::<ProviderId>(&request, "id")?;
    let mut check = Check::default();
    let registry = check.take("registry", Registry::parse(parameters::text(&request, "registry")));
    let registry = check.done(registry)?;
    let mut query = Query::of(&request)?;
    let when = query.when()?;
    query.done()?;
    let (row, position) = found(&state, id, when).await?;
    let mut credentials = row.registries;
    credentials.retain(|credential| credential.registry == registry);
    let shown = named(&state, credentials).await?.pop();
    let shown = shown
        .ok_or_else(|| Problem::new(Code::RegistryNotFound, provider::Error::RegistryNotFound))?;
    Ok(answer::profile(&shown, row.version, position))
}
