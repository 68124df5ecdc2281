//! One test.

use super::{Found, view::ConnectivityTest};
use crate::{
    answer,
    parameters::{self, Query},
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{Position, Version};

/// Show the last test of a cluster, as far as it has come.
#[utoipa::path(
    get, path = "/v1/connectivity-tests/{id}", operation_id = "get_connectivity_test",
    tag = "connectivity",
    params(
        ("id" = Uuid, Path, description = "The test: the cluster, where it is registered"),
        ("at_least" = Option<i64>, Query, description = "Nothing is waited for, since the log \
            itself is read"),
    ),
    responses((status = 200, body = ConnectivityTest, description = "The test")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id(&request, "id")?;
    let mut query = Query::of(&request)?;
    let at_least = query.position("at_least")?;
    query.done()?;
    if let Some(wanted) = at_least {
        state.recorded("at_least", wanted).await?;
    }
    let found = Found::of(&state, id).await?;
    let (version, position) = found
        .last()
        .map_or((Version::NONE, Position::START), |event| (event.version, event.position));
    state.saw(position);
    Ok(answer::profile(&ConnectivityTest::from(found), version, position))
}
