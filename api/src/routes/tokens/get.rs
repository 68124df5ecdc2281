//! One token, without itself.

use super::view::{Token, told};
use crate::{
    answer,
    parameters::{self, Query, When},
    problem::{Code, Problem},
    routes::past,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use adapters::clock::SystemClock;
use commands::ports::Clock;
use domain::access;
use projections::{Model, access_list::query};

/// Show a token, without itself.
#[utoipa::path(
    get, path = "/v1/tokens/{id}", operation_id = "get_token", tag = "access",
    params(
        ("id" = Uuid, Path, description = "The token's id"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
        ("as_of" = Option<String>, Query, description = "Show it as it was: a position of the log, \
            or a time of RFC 3339"),
    ),
    responses((status = 200, body = Token, description = "The token, without itself")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id(&request, "id")?;
    let mut query = Query::of(&request)?;
    let when = query.when()?;
    query.done()?;
    let none = || Problem::new(Code::TokenNotFound, access::Error::TokenNotFound);
    let (row, version, position, time) = match when {
        When::Past(when) => {
            let (row, version, position) = past::token(&state, id, when).await?;
            (row, version, position, past::time(&state, when).await?)
        }
        When::Now(at_least) => {
            let get = || query::token(&state.queries, id);
            let found = state.read(Model::AccessList, at_least, get).await?;
            let (row, version) = found.row.ok_or_else(none)?;
            (row, version, found.position, None)
        }
    };
    let time = time.unwrap_or_else(|| SystemClock.now());
    let token = told(&state, vec![row], time).await?.pop().ok_or_else(none)?;
    Ok(answer::profile(&token, version, position))
}
