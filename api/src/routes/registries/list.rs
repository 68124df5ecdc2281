//! The registries that a provider has credentials for, by name.

use super::view::{NamedCredential, named};
use crate::{
    answer::{self, Page},
    parameters::{self, Query},
    problem::Problem,
    routes::providers::view::found,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::ids::ProviderId;
use serde::Serialize;

/// The credentials of a provider, which has at most 100: all are on one page.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = RegistryCredentialPage)]
pub(crate) struct Credentials {
    items: Vec<NamedCredential>,
    next_cursor: Option<String>,
}

/// List the registries that a provider has credentials for, without passwords.
#[utoipa::path(
    get, path = "/v1/providers/{id}/registries", operation_id = "list_registry_credentials",
    tag = "registries",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
        ("as_of" = Option<String>, Query, description = "Show them as they were: a position of the \
            log, or a time of RFC 3339"),
    ),
    responses((status = 200, body = Credentials, description = "By name, all on one page")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id::<ProviderId>(&request, "id")?;
    let mut query = Query::of(&request)?;
    let when = query.when()?;
    query.done()?;
    let (row, position) = found(&state, id, when).await?;
    let items = named(&state, row.registries).await?;
    Ok(answer::page(&Page { items, next_cursor: None }, position))
}
