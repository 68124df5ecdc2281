//! The clusters of a provider, by rank.

use crate::{
    answer::{self, Page},
    parameters::{self, Query},
    problem::Problem,
    routes::providers::view::{Cluster, Provider, found},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::ids::ProviderId;
use serde::Serialize;

/// The clusters of a provider, which has at most 100: all are on one page.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ClusterPage)]
pub(crate) struct Clusters {
    items: Vec<Cluster>,
    next_cursor: Option<String>,
}

/// List the clusters of a provider.
#[utoipa::path(
    get, path = "/v1/providers/{id}/clusters", operation_id = "list_clusters", tag = "clusters",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
        ("as_of" = Option<String>, Query, description = "Show it as it was: a position of the log, \
            or a time of RFC 3339"),
    ),
    responses((status = 200, body = Clusters, description = "By rank, all on one page")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id::<ProviderId>(&request, "id")?;
    let mut query = Query::of(&request)?;
    let when = query.when()?;
    query.done()?;
    let (row, position) = found(&state, id, when).await?;
    let page = Page { items: Provider::from(row).clusters, next_cursor: None };
    Ok(answer::page(&page, position))
}
