//! `ChangeClusterEndpoint`, and `RankClusters` for one cluster

use super::request::{self, By};
use crate::{
    answer::{self, Recorded},
    body::{Check, given, place},
    certificate,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::provider::change_cluster_endpoint::ChangeClusterEndpoint;
use domain::{
    ids::{ClusterId, ProviderId},
    provider::{Cluster, change_cluster_endpoint as endpoint},
};
use serde::Deserialize;

/// What is given changes, the rest stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChangeClusterRequest)]
pub(crate) struct Body {
    /// Another address. Another host gets the token only if it is given again.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_length = 300)]
    url: Option<String>,
    /// Other addresses of further managers.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_items = 9)]
    urls: Option<Vec<String>>,
    /// Another server name; null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    server_name: Option<Option<String>>,
    /// Other authorities by which its API is verified, as PEM; null takes them away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = "pem-certificates", max_length = 65536)]
    ca: Option<Option<String>>,
    /// Another imported certificate; null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<uuid::Uuid>)]
    certificate_id: Option<Option<String>>,
    /// Another certificate, given here.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    certificate: Option<certificate::Body>,
    /// Another bearer token for Kubernetes; null takes it away. It is never shown.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Password, min_length = 1, max_length = 16384)]
    token: Option<Option<String>>,
    /// Another place in the order of fallbacks, which no other cluster may have; several clusters
    /// at once are ranked under `/v1/providers/{id}/clusters`.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    rank: Option<u32>,
    /// Another share of the draws of an active/active provider.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    weight: Option<u32>,
}

impl Body {
    fn checked(
        self,
        provider: ProviderId,
        cluster: ClusterId,
        by: By<'_>,
    ) -> Result<ChangeClusterEndpoint, Problem> {
        let mut check = Check::default();
        let url = self.url.and_then(|url| check.url("/url", &url, by.outbound));
        let urls = self.urls.and_then(|urls| request::urls(&mut check, "", &urls, by.outbound));
        let server_name =
            self.server_name.and_then(|name| request::server_name_of(&mut check, "", name));
        let ca = match self.ca {
            Some(Some(text)) => certificate::authorities(&mut check, "", &text, by.now).map(Some),
            Some(None) => Some(None),
            None => None,
        };
        let new = self
            .certificate
            .and_then(|body| body.checked(&mut check, &place("", "certificate"), by.now));
        let is_taken_away = self.certificate_id == Some(None);
        let known = self.certificate_id.flatten();
        let name = cluster.to_string();
        let used = request::certificate_of(&mut check, "", known, new, &name, by).flatten();
        let certificate = match used {
            Some(certificate) => Some(Some(certificate)),
            None if is_taken_away => Some(None),
            None => None,
        };
        let token = request::token_of(&mut check, "", self.token, by.command).flatten();
        let rank = self.rank.and_then(|rank| check.within("/rank", rank, Cluster::RANK_MAX));
        let weight =
            self.weight.and_then(|weight| check.within("/weight", weight, Cluster::WEIGHT_MAX));
        let change = endpoint::ChangeClusterEndpoint {
            url,
            urls,
            server_name,
            ca,
            ..endpoint::ChangeClusterEndpoint::of(cluster)
        };
        let verb = ChangeClusterEndpoint { provider, change, certificate, token, rank, weight };
        check.done(Some(verb))
    }
}

/// Reach a cluster in another way, or give it another place among the others.
#[utoipa::path(
    patch, path = "/v1/providers/{id}/clusters/{cluster_id}", operation_id = "change_cluster",
    tag = "clusters",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("cluster_id" = Uuid, Path, description = "The cluster"),
    ),
    request_body = Body,
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id::<ProviderId>(&request, "id")?;
    let cluster = parameters::id::<ClusterId>(&request, "cluster_id")?;
    let verb = asked.body.checked(provider, cluster, state.by(&asked.request))?;
    answer::accepted(&state.command(verb, asked.request).await?)
}
