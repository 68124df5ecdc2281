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
    ),
    responses((status = 200, body = Organization, description = "The organization")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id(&request, "id")?;
    let mut query = Query::of(&request)?;
    let at_least = query.position("at_least")?;
    query.done()?;
    let (row, position) = found(&state, id, at_least).await?;
    let version = row.version;
    Ok(answer::profile(&Organization::from(row), version, position))
}
