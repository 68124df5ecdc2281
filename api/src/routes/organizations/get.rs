//! One organization.

use super::view::{Organization, found};
use crate::{
    answer,
    parameters::{self, Query},
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};

/// Show an organization.
#[utoipa::path(
    get, path = "/v1/organizations/{id}", operation_id = "get_organization",
    tag = "organizations",
    params(
        ("id" = Uuid, Path, description = "The organization"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
        ("as_of" = Option<String>, Query, description = "Show it as it was: a position of the log, \
            or a time of RFC 3339"),
    ),
    responses((status = 200, body = Organization, description = "The organization")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id(&request, "id")?;
    let mut query = Query::of(&request)?;
    let when = query.when()?;
    query.done()?;
    let (row, position) = found(&state, id, when).await?;
    let version = row.version;
    Ok(answer::profile(&Organization::from(row), version, position))
}
