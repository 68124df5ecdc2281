//! `TestProvider`

use crate::{
    answer::{self, Recorded},
    body::Nothing,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::provider::test::TestProvider;

/// Test how each cluster of a provider is reached, also while it is disabled. The test of a cluster
/// is found at `/v1/connectivity-tests/{cluster_id}`; one that goes on already is not begun anew.
#[utoipa::path(
    post, path = "/v1/providers/{id}/test", operation_id = "test_provider", tag = "providers",
    params(("id" = Uuid, Path, description = "The provider")),
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Nothing>,
) -> Result<HttpResponse, Problem> {
    let Nothing {} = asked.body;
    let verb = TestProvider { id: parameters::id(&request, "id")? };
    answer::accepted(&state.command(verb, asked.request).await?)
}
