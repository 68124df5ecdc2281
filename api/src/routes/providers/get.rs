//! The profile of a provider.

use super::view::{Provider, ProviderShown, ProviderSummary, found, seen};
use crate::{
    answer,
    auth::Caller,
    parameters::{self, Query, When},
    problem::Problem,
    state::State,
};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, ReqData},
};
use domain::scope::Scope;

/// Show a provider: with its clusters and all settings, or to an organization that may use it as
/// its list shows it.
#[utoipa::path(
    get, path = "/v1/providers/{id}", operation_id = "get_provider", tag = "providers",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
        ("as_of" = Option<String>, Query, description = "Show it as it was: a position of the log, \
            or a time of RFC 3339"),
    ),
    responses((status = 200, body = ProviderShown, description = "The provider")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    caller: ReqData<Caller>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id(&request, "id")?;
    let mut query = Query::of(&request)?;
    let when = query.when()?;
    query.done()?;
    let scope = caller.scope();
    match (&scope, when) {
        (Scope::Instance, when) => {
            let (row, position) = found(&state, id, when).await?;
            let version = row.version;
            Ok(answer::profile(&Provider::from(row), version, position))
        }
        (Scope::Organizations(_), When::Now(at_least)) => {
            let (row, position) = seen(&state, &scope, id, at_least).await?;
            let version = row.version;
            Ok(answer::profile(&ProviderSummary::from(row), version, position))
        }
        // What somebody may see of the past is what they may see now.
        (Scope::Organizations(_), when @ When::Past(_)) => {
            seen(&state, &scope, id, None).await?;
            let (row, position) = found(&state, id, when).await?;
            let version = row.version;
            Ok(answer::profile(&ProviderSummary::from(row), version, position))
        }
    }
}
