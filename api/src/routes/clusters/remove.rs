//! `RemoveCluster`

use crate::{
    answer::{self, Recorded},
    body::Nothing,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::provider::remove_cluster::RemoveCluster;
use domain::ids::{ClusterId, ProviderId};

/// Take a cluster from its provider; nothing on the cluster is touched.
#[utoipa::path(
    delete, path = "/v1/providers/{id}/clusters/{cluster_id}", operation_id = "remove_cluster",
    tag = "clusters",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("cluster_id" = Uuid, Path, description = "The cluster"),
    ),
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Nothing>,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id::<ProviderId>(&request, "id")?;
    let cluster = parameters::id::<ClusterId>(&request, "cluster_id")?;
    let verb = RemoveCluster { provider, cluster };
    answer::accepted(&state.command(verb, asked.request).await?)
}
