//! The labels that a constraint on a provider may ask for.

use super::view::{found, seen};
use crate::{
    answer::{self, Page},
    auth::Caller,
    parameters::{self, Query},
    problem::Problem,
    state::State,
};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, ReqData},
};
use domain::{ids::ProviderId, scope::Scope};
use projections::{Model, node_list::labels};
use serde::Serialize;
use utoipa::ToSchema;

/// A label that some node of the provider carries.
#[derive(Serialize, ToSchema)]
pub(crate) struct NodeLabel {
    label: String,
    /// What it is on one node or another; the first 100.
    values: Vec<String>,
}

/// The labels of a provider, the first 200: all are on one page.
#[derive(Serialize, ToSchema)]
#[schema(as = NodeLabelPage)]
pub(crate) struct NodeLabels {
    items: Vec<NodeLabel>,
    next_cursor: Option<String>,
}

/// List the labels on the nodes of a provider, which constraints may ask for. To an organization,
/// those of a provider that it may use.
#[utoipa::path(
    get, path = "/v1/providers/{id}/labels", operation_id = "list_provider_labels",
    tag = "providers",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    responses((status = 200, body = NodeLabels, description = "By label, all on one page")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    caller: ReqData<Caller>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id::<ProviderId>(&request, "id")?;
    let mut query = Query::of(&request)?;
    let at_least = query.position("at_least")?;
    query.done()?;
    match caller.scope() {
        Scope::Instance => drop(found(&state, id, at_least).await?),
        scope @ Scope::Organizations(_) => drop(seen(&state, &scope, id, at_least).await?),
    }
    let list = || labels::labels(&state.queries, id);
    let found = state.read(Model::NodeList, at_least, list).await?;
    let shown = |label: labels::Label| NodeLabel {
        label: label.key.to_string(),
        values: label.values.iter().map(ToString::to_string).collect(),
    };
    let items: Vec<NodeLabel> = found.items.into_iter().map(shown).collect();
    Ok(answer::page(&Page { items, next_cursor: None }, found.position))
}
