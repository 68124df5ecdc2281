//! The profile of a node.

use super::view::{Node, found};
use crate::{
    answer,
    parameters::{self, Query},
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};

/// Show a node.
#[utoipa::path(
    get, path = "/v1/providers/{id}/nodes/{node_id}", operation_id = "get_node", tag = "nodes",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("node_id" = Uuid, Path, description = "The node"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
        ("as_of" = Option<String>, Query, description = "Show it as it was: a position of the log, \
            or a time of RFC 3339"),
    ),
    responses((status = 200, body = Node, description = "The node")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id(&request, "id")?;
    let id = parameters::id(&request, "node_id")?;
    let mut query = Query::of(&request)?;
    let when = query.when()?;
    query.done()?;
    let (row, position) = found(&state, provider, id, when).await?;
    let version = row.version;
    Ok(answer::profile(&Node::from(row), version, position))
}
