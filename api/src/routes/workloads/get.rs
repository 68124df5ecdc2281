//! One workload.

use super::{list::versions, view::Workload};
use crate::{
    answer,
    parameters::{self, Query, When},
    problem::{Code, Problem},
    routes,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::ids::{OrganizationId, WorkloadId};
use projections::{
    Model,
    past::{self, Shown, Subject},
    workload_list::query,
};
use std::collections::BTreeMap;

/// Show a workload.
#[utoipa::path(
    get, path = "/v1/organizations/{id}/workloads/{workload_id}", operation_id = "get_workload",
    tag = "workloads",
    params(
        ("id" = Uuid, Path, description = "The organization"),
        ("workload_id" = Uuid, Path, description = "The workload"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
        ("as_of" = Option<String>, Query, description = "Show it as it was: a position of the log, \
            or a time of RFC 3339"),
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
    let when = query.when()?;
    query.done()?;
    let at_least = match when {
        When::Now(at_least) => at_least,
        When::Past(when) => return as_it_was(&state, organization, id, when).await,
    };
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

/// The workload beside the version that its profile had then.
async fn as_it_was(
    state: &State,
    organization: OrganizationId,
    id: WorkloadId,
    when: past::When,
) -> Result<HttpResponse, Problem> {
    let (shown, position) = routes::past::shown(state, Subject::Workload(id), when).await?;
    let Some(Shown::Workload(row)) = shown.filter(
        |shown| matches!(shown, Shown::Workload(row) if row.organization_id == organization),
    ) else {
        return Err(Problem::new(Code::WorkloadNotFound, domain::workload::Error::NotFound));
    };
    let profile = past::at(&state.feed, Subject::Profile(row.profile_id), position).await?;
    let profiles = match profile {
        Some(Shown::Profile(profile)) => BTreeMap::from([(profile.id, profile.version)]),
        Some(_) | None => BTreeMap::new(),
    };
    let version = row.version;
    Ok(answer::profile(&Workload::of(row, &profiles), version, position))
}
