//! The secrets of a cluster that no Berth made, as it shows them now.

use crate::{answer, parameters, problem::Problem, state::State};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::ports::cluster::secret::Foreign;
use domain::{
    feed::Feed,
    ids::{ClusterId, ProviderId, SecretId},
};
use projections::secret_list::query;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A secret that no Berth made.
#[derive(Serialize, ToSchema)]
pub(crate) struct ForeignSecret {
    /// Its id there.
    native_id: String,
    /// What the client of the cluster calls it; on Kubernetes with its namespace before it.
    name: String,
    #[schema(format = DateTime)]
    created_at: String,
    /// The secret of Berth that stands in its place; null where it may be adopted.
    adopted_as: Option<Uuid>,
}

/// The secrets of a cluster that no Berth made.
#[derive(Serialize, ToSchema)]
pub(crate) struct ForeignSecrets {
    /// At most 1,000.
    items: Vec<ForeignSecret>,
    /// Whether the cluster has more of them.
    has_more: bool,
}

impl ForeignSecret {
    fn of(foreign: Foreign, adopted_as: Option<&SecretId>) -> Self {
        Self {
            native_id: foreign.object.native_id,
            name: foreign.object.name,
            created_at: foreign.created_at.to_string(),
            adopted_as: adopted_as.map(|id| id.0),
        }
    }
}

/// List the secrets of a cluster that no Berth made, as it shows them now: never with a value, and
/// not to be changed from here. What is of a type of its own on Kubernetes is not among them.
#[utoipa::path(
    get, path = "/v1/providers/{id}/clusters/{cluster_id}/secrets",
    operation_id = "list_foreign_secrets", tag = "secrets",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("cluster_id" = Uuid, Path, description = "The cluster"),
    ),
    responses((status = 200, body = ForeignSecrets, description = "What the cluster shows")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id::<ProviderId>(&request, "id")?;
    let cluster = parameters::id::<ClusterId>(&request, "cluster_id")?;
    parameters::Query::of(&request)?.done()?;
    let (foreign, head) = (state.foreign_secrets.clone(), state.feed.head().await?);
    let ask = async move { foreign.of(provider, cluster).await };
    let (shown, has_more) = state.apart(ask).await??;
    let adopted = query::adopted_from(&state.queries, cluster).await;
    let adopted = adopted.map_err(|error| Problem::query(&error))?;
    let items = shown.into_iter().map(|foreign| {
        let adopted_as = adopted.get(&foreign.object.native_id);
        ForeignSecret::of(foreign, adopted_as)
    });
    Ok(answer::document(&ForeignSecrets { items: items.collect(), has_more }, head))
}
