//! One cluster of a provider.

use crate::{
    answer,
    parameters::{self, Query},
    problem::{Code, Problem},
    routes::providers::view::{Cluster, Provider, found},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::ids::{ClusterId, ProviderId};

/// Show a cluster. Its `ETag` is the version of its provider, in whose stream it is kept.
#[utoipa::path(
    get, path = "/v1/providers/{id}/clusters/{cluster_id}", operation_id = "get_cluster",
    tag = "clusters",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("cluster_id" = Uuid, Path, description = "The cluster"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
        ("as_of" = Option<String>, Query, description = "Show it as it was: a position of the log, \
            or a time of RFC 3339"),
    ),
    responses((status = 200, body = Cluster, description = "The cluster")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id::<ProviderId>(&request, "id")?;
    let cluster = parameters::id::<ClusterId>(&request, "cluster_id")?;
    let mut query = Query::of(&request)?;
    let when = query.when()?;
    query.done()?;
    let (row, position) = found(&state, id, when).await?;
    let version = row.version;
    let clusters = Provider::from(row).clusters;
    let found = clusters.into_iter().find(|other| other.id == cluster.0).ok_or_else(|| {
        Problem::new(Code::ClusterNotFound, domain::provider::Error::ClusterNotFound)
    })?;
    Ok(answer::profile(&found, version, position))
}
