//! One secret, without its value.

use super::view::{Secret, used};
use crate::{
    answer,
    parameters::{self, Query},
    problem::{Code, Problem},
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
    let at_least = query.position("at_least")?;
    query.done()?;
    let get = || query::get(&state.queries, provider, id);
    let found = state.read(Model::SecretList, at_least, get).await?;
    let absent = || Problem::new(Code::SecretNotFound, domain::secret::Error::NotFound);
    let row = found.row.ok_or_else(absent)?;
    let version = row.version;
    let used = used(&state, vec![row]).await?.pop().ok_or_else(absent)?;
    Ok(answer::profile(&Secret::from(used), version, found.position))
}
