//! One workload.

use super::{list::versions, view::Workload};
use crate::{
    answer,
    parameters::{self, Query},
    problem::{Code, Problem},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use projections::{Model, workload_list::query};

/// Show a workload.
#[utoipa::path(
    get, path = "/v1/organizations/{id}/workloads/{workload_id}", operation_id = "get_workload",
    tag = "workloads",
    params(
        ("id" = Uuid, Path, description = "The organization"),
        ("workload_id" = Uuid, Path, description = "The workload"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    responses((status = 200, body = Workload, description = "The workload")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let organization = parameters::id(&request, "id")?;
    let id = parameters::id(&request, "workload_id")?;
    let mut query = Query::of(&request)?;
    let at_least = query.position("at_least")?;
    query.done()?;
    let get = || query::get(&state.queries, organization, id);
    let found = state.read(Model::WorkloadList, at_least, get).await?;
    let row = found
        .row
        .ok_or_else(|| Problem::new(Code::WorkloadNotFound, domain::workload::Error::NotFound))?;
    let profiles = versions(&state, &[row.profile_id], at_least).await?;
    let version = row.version;
    let position = found.position.min(profiles.position);
    let profiles = profiles.row.unwrap_or_default();
    Ok(answer::profile(&Workload::of(row, &profiles), version, position))
}
