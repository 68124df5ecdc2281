//! One container profile.

use super::view::{Profile, found};
use crate::{
    answer,
    parameters::{self, Query},
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};

/// Show a container profile.
#[utoipa::path(
    get, path = "/v1/organizations/{id}/profiles/{profile_id}", operation_id = "get_profile",
    tag = "profiles",
    params(
        ("id" = Uuid, Path, description = "The organization"),
        ("profile_id" = Uuid, Path, description = "The profile"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
        ("as_of" = Option<String>, Query, description = "Show it as it was: a position of the log, \
            or a time of RFC 3339"),
    ),
    responses((status = 200, body = Profile, description = "The profile")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let organization = parameters::id(&request, "id")?;
    let id = parameters::id(&request, "profile_id")?;
    let mut query = Query::of(&request)?;
    let when = query.when()?;
    query.done()?;
    let (row, position) = found(&state, organization, id, when).await?;
    let version = row.version;
    Ok(answer::profile(&Profile::from(row), version, position))
}
