//! `CreateProvider`

use crate::{
    answer::{self, Recorded},
    body::{Check, place},
    idempotency::Asked,
    problem::Problem,
    routes::clusters::request,
    state::State,
    words::{DeploymentMode, Kind, Visibility},
};
use actix_web::{HttpResponse, web::Data};
use commands::provider::create::CreateProvider;
use domain::{
    ids::{ClusterId, ProviderId},
    provider::{self, Cluster, Registered, create::Create},
    text,
};
use serde::Deserialize;
use uuid::Uuid;

/// The longest comments, in characters.
pub(super) const COMMENTS_CHARACTERS_MAX: usize = 4000;

/// A provider to be registered.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateProviderRequest)]
pub(crate) struct Body {
    /// Unique in the instance, regardless of case and Unicode form.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// This version drives `swarm`.
    kind: Kind,
    visibility: Visibility,
    deployment_mode: DeploymentMode,
    /// Free text.
    #[serde(default)]
    #[schema(max_length = 4000)]
    comments: String,
    /// Its first clusters; more can be added later.
    #[schema(max_items = 100)]
    clusters: Vec<request::Body>,
}

impl Body {
    fn checked(self) -> Result<Create, Problem> {
        let mut check = Check::default();
        let name = check.name("/name", &self.name);
        check.take("/comments", text::block(&self.comments, COMMENTS_CHARACTERS_MAX));
        if self.kind == Kind::Kubernetes {
            check.refuse(
                "/kind",
                "not_yet",
                "must be `swarm`: this version does not drive Kubernetes",
            );
        }
        let clusters = clusters(&mut check, self.clusters);
        if self.deployment_mode == DeploymentMode::Single
            && clusters.as_ref().is_some_and(|clusters| clusters.len() > 1)
        {
            check.refuse("/clusters", "too_many", provider::Error::SingleCluster);
        }
        let create = name.zip(clusters).map(|(name, clusters)| Create {
            name,
            kind: self.kind.into(),
            visibility: self.visibility.into(),
            deployment_mode: self.deployment_mode.into(),
            comments: self.comments,
            clusters,
        });
        check.done(create)
    }
}

/// Checks each cluster, and them against each other.
fn clusters(check: &mut Check, bodies: Vec<request::Body>) -> Option<Vec<Cluster>> {
    if bodies.len() > Registered::CLUSTERS_MAX {
        let detail = format!("must have at most {} entries", Registered::CLUSTERS_MAX);
        check.refuse("/clusters", "too_many", detail);
        return None;
    }
    let (mut clusters, wanted) = (Vec::<Cluster>::new(), bodies.len());
    let mut given = vec![];
    for (index, body) in bodies.into_iter().enumerate() {
        given.extend(body.checked(check, &place("/clusters", index)).map(|body| (index, body)));
    }
    let mut behind = given.iter().filter_map(|(_, body)| body.rank).max().unwrap_or(0);
    for (index, body) in given {
        let rank = body.rank.unwrap_or_else(|| {
            behind = behind.saturating_add(1);
            behind
        });
        let cluster = Cluster {
            id: ClusterId(Uuid::now_v7()),
            name: body.name,
            rank,
            server_name: body.server_name,
            url: body.url,
            urls: body.urls,
            weight: body.weight,
        };
        if let Some(taken) = taken(&clusters, &cluster) {
            let at = place(&place("/clusters", index), taken);
            check.refuse(&at, "unique", "is that of another cluster in this request");
        }
        clusters.push(cluster);
    }
    (clusters.len() == wanted).then_some(clusters)
}

fn taken(others: &[Cluster], cluster: &Cluster) -> Option<provider::cluster::Field> {
    use provider::cluster::Field;
    others.iter().find_map(|other| {
        if other.name.key() == cluster.name.key() {
            return Some(Field::Name);
        }
        if other.rank == cluster.rank {
            return Some(Field::Rank);
        }
        let shared = |url| cluster.addresses().any(|mine| mine == url);
        other.addresses().any(shared).then_some(Field::Url)
    })
}

/// Register a provider. It is disabled until it is enabled.
#[utoipa::path(
    post, path = "/v1/providers", operation_id = "create_provider", tag = "providers",
    request_body = Body,
    responses((status = 201, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let create = asked.body.checked()?;
    let verb = CreateProvider { id: ProviderId(Uuid::now_v7()), create };
    let recorded = state.command(verb, asked.request).await?;
    answer::created(&recorded, |id| format!("/v1/providers/{id}"))
}
