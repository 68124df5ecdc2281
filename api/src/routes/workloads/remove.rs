//! `RemoveWorkload`

use crate::{
    answer::{self, Recorded},
    body::Nothing,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::workload::remove::RemoveWorkload;

/// Remove a workload, from its cluster too.
#[utoipa::path(
    delete, path = "/v1/organizations/{id}/workloads/{workload_id}",
    operation_id = "remove_workload", tag = "workloads",
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
    let verb = RemoveWorkload { organization, id: parameters::id(&request, "workload_id")? };
    answer::accepted(&state.command(verb, asked.request).await?)
}
