//! `AddCluster`

use super::request::{Body, Checked};
use crate::{
    answer::{self, Recorded},
    body::Check,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::provider::add_cluster::AddCluster;
use domain::ids::{ClusterId, ProviderId};
use uuid::Uuid;

/// Add a cluster to a provider.
#[utoipa::path(
    post, path = "/v1/providers/{id}/clusters", operation_id = "add_cluster", tag = "clusters",
    params(("id" = Uuid, Path, description = "The provider")),
    request_body = Body,
    responses((status = 201, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id::<ProviderId>(&request, "id")?;
    let mut check = Check::default();
    let cluster = asked.body.checked(&mut check, "", state.by(&asked.request));
    let Checked { name, url, urls, server_name, rank, weight, ca, access } = check.done(cluster)?;
    let id = ClusterId(Uuid::now_v7());
    let verb = AddCluster { provider, id, name, url, urls, server_name, rank, weight, ca, access };
    let recorded = state.command(verb, asked.request).await?;
    answer::created(&recorded, |id| format!("/v1/providers/{provider}/clusters/{id}"))
}
