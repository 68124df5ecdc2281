//! `DisableProvider`

use crate::{
    answer::{self, Recorded},
    body::given,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::provider::disable::DisableProvider;
use serde::Deserialize;

/// Whether workloads may keep running unattended.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DisableProviderRequest)]
pub(crate) struct Body {
    /// Also while workloads run: they keep running, and nobody looks after them.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    force: Option<bool>,
}

/// Disable a provider: hands off; what runs on its clusters keeps running. Refused while workloads
/// run, unless forced.
#[utoipa::path(
    post, path = "/v1/providers/{id}/disable", operation_id = "disable_provider", tag = "providers",
    params(("id" = Uuid, Path, description = "The provider")),
    request_body = Option<Body>,
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let force = asked.body.force.unwrap_or_default();
    let verb = DisableProvider { id: parameters::id(&request, "id")?, force };
    answer::accepted(&state.command(verb, asked.request).await?)
}
