//! `ChangeClusterEndpoint`

use super::request;
use crate::{
    answer::{self, Recorded},
    body::{Check, given},
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::provider::change_cluster_endpoint::ChangeClusterEndpoint;
use domain::{
    ids::{ClusterId, ProviderId},
    provider::change_cluster_endpoint,
};
use serde::{Deserialize, de::IgnoredAny};

/// What is given changes, the rest stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChangeClusterRequest)]
pub(crate) struct Body {
    /// Another address.
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
    #[schema(ignore)]
    certificate: Option<IgnoredAny>,
    #[schema(ignore)]
    certificate_id: Option<IgnoredAny>,
    #[schema(ignore)]
    token: Option<IgnoredAny>,
}

impl Body {
    fn checked(
        self,
        cluster: ClusterId,
    ) -> Result<change_cluster_endpoint::ChangeClusterEndpoint, Problem> {
        let mut check = Check::default();
        let url = self.url.and_then(|url| check.url("/url", &url));
        let urls = self.urls.and_then(|urls| request::urls(&mut check, "", &urls));
        let server_name =
            self.server_name.and_then(|name| request::server_name(&mut check, "", name));
        let secrets = [
            ("certificate", self.certificate.is_some()),
            ("certificate_id", self.certificate_id.is_some()),
            ("token", self.token.is_some()),
        ];
        request::refuse_secrets(&mut check, "", secrets);
        let change =
            change_cluster_endpoint::ChangeClusterEndpoint { cluster, url, urls, server_name };
        check.done(Some(change))
    }
}

/// Reach a cluster in another way.
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
    let change = asked.body.checked(cluster)?;
    let verb = ChangeClusterEndpoint { provider, change };
    answer::accepted(&state.command(verb, asked.request).await?)
}
