//! The failover policy of a provider, which its profile shows too.

use super::view::{FailoverPolicy, found};
use crate::{
    answer,
    parameters::{self, Query},
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};

/// Show when work leaves a lost cluster of a provider, and when it comes back.
#[utoipa::path(
    get, path = "/v1/providers/{id}/failover-policy", operation_id = "get_failover_policy",
    tag = "providers",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
        ("as_of" = Option<String>, Query, description = "Show it as it was: a position of the log, \
            or a time of RFC 3339"),
    ),
    responses((status = 200, body = FailoverPolicy, description = "The policy")),
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
    Ok(answer::profile(&FailoverPolicy::from(row.failover_policy), row.version, position))
}
