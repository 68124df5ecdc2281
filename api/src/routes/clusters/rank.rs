//! `RankClusters` and `MakePrimary`

use crate::{
    answer::{self, Recorded},
    body::{Check, given, place},
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::provider::{make_primary::MakePrimary, rank_clusters::RankClusters};
use domain::{
    ids::{ClusterId, ProviderId},
    provider::{Cluster, Registered, rank_clusters::RankCluster},
};
use serde::Deserialize;
use std::collections::BTreeSet;

/// Either clusters with their new ranks and weights, or the one that becomes the primary.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RankClustersRequest)]
pub(crate) struct Body {
    /// The clusters that change, all at once, so that two can swap ranks.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_items = 1, max_items = 100)]
    clusters: Option<Vec<Ranked>>,
    /// This cluster takes the first rank; those before it step back by one place each.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<uuid::Uuid>)]
    primary: Option<String>,
}

/// One cluster with what changes about it.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RankedCluster)]
pub(crate) struct Ranked {
    /// Which cluster.
    #[schema(value_type = uuid::Uuid)]
    id: String,
    /// Its place in the order of fallbacks; the lowest is the primary.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    rank: Option<u32>,
    /// Its share of the draws of an active/active provider.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    weight: Option<u32>,
}

/// What is asked for, once it is checked.
enum Asking {
    Rank(Vec<RankCluster>),
    Primary(ClusterId),
}

impl Body {
    fn checked(self) -> Result<Asking, Problem> {
        let mut check = Check::default();
        let asking = match (self.clusters, self.primary) {
            (Some(clusters), None) => ranked(&mut check, clusters).map(Asking::Rank),
            (None, Some(primary)) => check.uuid("/primary", &primary).map(Asking::Primary),
            (Some(_), Some(_)) => {
                check.refuse("/primary", "alone", "must not be given beside `clusters`");
                None
            }
            (None, None) => {
                check.refuse("/clusters", "missing", "must be given, or else `primary`");
                None
            }
        };
        check.done(asking)
    }
}

fn ranked(check: &mut Check, clusters: Vec<Ranked>) -> Option<Vec<RankCluster>> {
    if clusters.is_empty() || clusters.len() > Registered::CLUSTERS_MAX {
        let detail = format!("must have 1 to {} entries", Registered::CLUSTERS_MAX);
        let rule = if clusters.is_empty() { "empty" } else { "too_many" };
        check.refuse("/clusters", rule, detail);
        return None;
    }
    let (mut ids, mut ranks) = (BTreeSet::new(), BTreeSet::new());
    let mut checked = vec![];
    for (index, ranked) in clusters.into_iter().enumerate() {
        let at = place("/clusters", index);
        let id = check.uuid::<ClusterId>(&place(&at, "id"), &ranked.id);
        if id.is_some_and(|id| !ids.insert(id)) {
            check.refuse(&place(&at, "id"), "unique", "is in the list already");
        }
        let rank =
            ranked.rank.and_then(|rank| check.within(&place(&at, "rank"), rank, Cluster::RANK_MAX));
        if rank.is_some_and(|rank| !ranks.insert(rank)) {
            check.refuse(&place(&at, "rank"), "unique", "is in the list already");
        }
        let weight = ranked
            .weight
            .and_then(|weight| check.within(&place(&at, "weight"), weight, Cluster::WEIGHT_MAX));
        checked.extend(id.map(|cluster| RankCluster { cluster, rank, weight }));
    }
    Some(checked)
}

/// Give clusters other ranks and weights, all at once, or make one the primary.
#[utoipa::path(
    patch, path = "/v1/providers/{id}/clusters", operation_id = "rank_clusters", tag = "clusters",
    params(("id" = Uuid, Path, description = "The provider")),
    request_body = Body,
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id::<ProviderId>(&request, "id")?;
    let recorded = match asked.body.checked()? {
        Asking::Rank(wanted) => {
            state.command(RankClusters { provider, wanted }, asked.request).await?
        }
        Asking::Primary(cluster) => {
            state.command(MakePrimary { provider, cluster }, asked.request).await?
        }
    };
    answer::accepted(&recorded)
}
