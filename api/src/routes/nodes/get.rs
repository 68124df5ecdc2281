//! The profile of a node.

use super::view::Node;
use crate::{
    answer,
    parameters::{self, Query},
    problem::{Code, Problem},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use projections::{Model, node_list::query};

/// Show a node.
#[utoipa::path(
    get, path = "/v1/providers/{id}/nodes/{node_id}", operation_id = "get_node", tag = "nodes",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("node_id" = Uuid, Path, description = "The node"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
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
    let at_least = query.position("at_least")?;
    query.done()?;
    let found =
        state.read(Model::NodeList, at_least, || query::get(&state.queries, provider, id)).await?;
    let row =
        found.row.ok_or_else(|| Problem::new(Code::NodeNotFound, domain::node::Error::NotFound))?;
    let version = row.version;
    Ok(answer::profile(&Node::from(row), version, found.position))
}
