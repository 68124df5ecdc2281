//! One role of a principal.

use super::view::{Grant, told};
use crate::{
    answer,
    parameters::{self, Query, When},
    problem::{Code, Problem},
    routes::past,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::access;
use projections::{Model, access_list::query};

/// Show a role, also one that was revoked.
#[utoipa::path(
    get, path = "/v1/roles/{id}", operation_id = "get_role", tag = "access",
    params(
        ("id" = Uuid, Path, description = "The role"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
        ("as_of" = Option<String>, Query, description = "Show it as it was: a position of the log, \
            or a time of RFC 3339"),
    ),
    responses((status = 200, body = Grant, description = "The role")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id(&request, "id")?;
    let mut query = Query::of(&request)?;
    let when = query.when()?;
    query.done()?;
    let none = || Problem::new(Code::RoleNotFound, access::Error::RoleNotFound);
    let (row, version, position) = match when {
        When::Past(when) => past::role(&state, id, when).await?,
        When::Now(at_least) => {
            let get = || query::role(&state.queries, id);
            let found = state.read(Model::AccessList, at_least, get).await?;
            let (row, version) = found.row.ok_or_else(none)?;
            (row, version, found.position)
        }
    };
    let role = told(&state, vec![row]).await?.pop().ok_or_else(none)?;
    Ok(answer::profile(&role, version, position))
}
