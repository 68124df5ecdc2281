//! The profile of a provider.

use super::view::{Provider, found};
use crate::{
    answer,
    parameters::{self, Query},
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};

/// Show a provider with its clusters.
#[utoipa::path(
    get, path = "/v1/providers/{id}", operation_id = "get_provider", tag = "providers",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
        ("as_of" = Option<String>, Query, description = "Show it as it was: a position of the log, \
            or a time of RFC 3339"),
    ),
    responses((status = 200, body = Provider, description = "The provider")),
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
    Ok(answer::profile(&Provider::from(row), version, position))
}
