//! `AdoptSecret`

use crate::{
    answer::{self, Recorded},
    body::{Check, Hidden},
    idempotency::Asked,
    parameters,
    problem::{Code, Problem},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::secret::foreign::{self, Adoption};
use domain::ids::{ClusterId, ProviderId, SecretId};
use serde::Deserialize;
use uuid::Uuid;

/// As what it is adopted.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AdoptSecretRequest)]
pub(crate) struct Body {
    /// Unique on the provider: parts of `[a-z0-9-]`, divided by dots, each with a letter or digit
    /// at both ends.
    #[schema(min_length = 1, max_length = 52, example = "db-password")]
    name: String,
    /// The value, which no cluster gives back, as text: 1 to 511,999 bytes in UTF-8. It is never
    /// shown again.
    #[schema(value_type = String, min_length = 1, max_length = 511_999, write_only)]
    value: Hidden,
}

/// Adopt a secret that somebody made on a cluster. From then on it is as any other of the provider;
/// what was there before stays as it is, for whoever mounts it.
#[utoipa::path(
    post, path = "/v1/providers/{id}/clusters/{cluster_id}/secrets/{native_id}/adopt",
    operation_id = "adopt_secret", tag = "secrets",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("cluster_id" = Uuid, Path, description = "The cluster"),
        ("native_id" = String, Path, description = "Its id there, as the list says"),
    ),
    request_body = Body,
    responses((status = 201, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id::<ProviderId>(&request, "id")?;
    let cluster = parameters::id::<ClusterId>(&request, "cluster_id")?;
    let native_id = parameters::text(&request, "native_id").to_owned();
    let mut check = Check::default();
    let name = check.secret_name("/name", &asked.body.name);
    let value = check.secret_value("/value", asked.body.value);
    let (name, value) = check.done(name.zip(value))?;
    let id = SecretId(Uuid::now_v7());
    let adoption = Adoption { id, provider, cluster, native_id, name, value };
    let (foreign, request) = (state.foreign_secrets.clone(), asked.request);
    let adopt = async move { foreign.adopt(adoption, &request).await };
    let recorded = state.apart(adopt).await??;
    state.saw(recorded.position);
    answer::created(&recorded, |id| format!("/v1/providers/{provider}/secrets/{id}"))
}

impl From<foreign::Error> for Problem {
    fn from(error: foreign::Error) -> Self {
        match error {
            foreign::Error::Refused(error) => error.into(),
            foreign::Error::Cluster(error) => Self::new(Code::ClusterUnavailable, error),
        }
    }
}
