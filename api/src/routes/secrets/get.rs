//! One secret, without its value.

use super::view::{Secret, used};
use crate::{
    answer,
    parameters::{self, Query, When},
    problem::{Code, Problem},
    routes::past,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use projections::{Model, secret_list::query};

/// Show a secret, without its value.
#[utoipa::path(
    get, path = "/v1/providers/{id}/secrets/{secret_id}", operation_id = "get_secret",
    tag = "secrets",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("secret_id" = Uuid, Path, description = "The secret"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
        ("as_of" = Option<String>, Query, description = "Show it as it was: a position of the log, \
            or a time of RFC 3339"),
    ),
    responses((status = 200, body = Secret, description = "The secret")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id(&request, "id")?;
    let id = parameters::id(&request, "secret_id")?;
    let mut query = Query::of(&request)?;
    let when = query.when()?;
    query.done()?;
    let absent = || Problem::new(Code::SecretNotFound, domain::secret::Error::NotFound);
    let (used, position) = match when {
        When::Past(when) => {
            let (row, users, position) = past::secret(&state, provider, id, when).await?;
            ((row, users), position)
        }
        When::Now(at_least) => {
            let get = || query::get(&state.queries, provider, id);
            let found = state.read(Model::SecretList, at_least, get).await?;
            let row = found.row.ok_or_else(absent)?;
            (used(&state, vec![row]).await?.pop().ok_or_else(absent)?, found.position)
        }
    };
    let version = used.0.version;
    Ok(answer::profile(&Secret::from(used), version, position))
}
