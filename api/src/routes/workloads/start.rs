//! `StartWorkload`

use crate::{
    answer::{self, Recorded},
    body::Nothing,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::workload::start::StartWorkload;

/// Start a stopped workload again, on the cluster that it has.
#[utoipa::path(
    post, path = "/v1/organizations/{id}/workloads/{workload_id}/start",
    operation_id = "start_workload", tag = "workloads",
    params(
        ("id" = Uuid, Path, description = "The organization"),
        ("workload_id" = Uuid, Path, description = "The workload"),
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
    let verb = StartWorkload { organization, id: parameters::id(&request, "workload_id")? };
    answer::accepted(&state.command(verb, asked.request).await?)
}
