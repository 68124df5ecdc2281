//! `CreateProvider`

use crate::{
    answer::{self, Recorded},
    body::{Check, place},
    idempotency::Asked,
    problem::Problem,
    routes::clusters::request::{self, By},
    state::State,
    words::{DeploymentMode, Kind, Visibility},
};
use actix_web::{HttpResponse, web::Data};
use commands::provider::{access::Access, create::CreateProvider};
use domain::{
    ids::{CertificateId, ClusterId, ProviderId, RecordId},
    kept::{Fingerprint, Kept},
    provider::{self, Cluster, Registered, cluster::Unfit, create::Create},
    text,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What each cluster is reached with.
type Accesses = BTreeMap<ClusterId, Access>;

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
    /// Which engine its clusters run; it stays so.
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
    fn checked(self, by: By<'_>) -> Result<(Create, Accesses), Problem> {
        let mut check = Check::default();
        let name = check.name("/name", &self.name);
        check.take("/comments", text::block(&self.comments, COMMENTS_CHARACTERS_MAX));
        let clusters = clusters(&mut check, self.kind.into(), self.clusters, by);
        if self.deployment_mode == DeploymentMode::Single
            && clusters.as_ref().is_some_and(|(clusters, _)| clusters.len() > 1)
        {
            check.refuse("/clusters", "too_many", provider::Error::SingleCluster);
        }
        let create = name.zip(clusters).map(|(name, (clusters, access))| {
            let create = Create {
                name,
                kind: self.kind.into(),
                visibility: self.visibility.into(),
                deployment_mode: self.deployment_mode.into(),
                comments: self.comments,
                clusters,
            };
            (create, access)
        });
        check.done(create)
    }
}

/// Checks each cluster, and them against each other.
fn clusters(
    check: &mut Check,
    kind: provider::Kind,
    bodies: Vec<request::Body>,
    by: By<'_>,
) -> Option<(Vec<Cluster>, Accesses)> {
    if bodies.len() > Registered::CLUSTERS_MAX {
        let detail = format!("must have at most {} entries", Registered::CLUSTERS_MAX);
        check.refuse("/clusters", "too_many", detail);
        return None;
    }
    let (mut clusters, wanted) = (Vec::<Cluster>::new(), bodies.len());
    let mut given = vec![];
    for (index, body) in bodies.into_iter().enumerate() {
        given.extend(body.checked(check, &place("/clusters", index), by).map(|body| (index, body)));
    }
    let mut accesses = Accesses::new();
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
            ca: body.ca,
            certificate_id: None,
            token: None,
        };
        if let Err(unfit) = fit(&cluster, &body.access, kind) {
            let at = place(&place("/clusters", index), unfit.field());
            check.refuse(&at, "unfit", unfit);
        }
        accesses.insert(cluster.id, body.access);
        if let Some(taken) = taken(&clusters, &cluster) {
            let at = place(&place("/clusters", index), taken);
            check.refuse(&at, "unique", "is that of another cluster in this request");
        }
        clusters.push(cluster);
    }
    (clusters.len() == wanted).then_some((clusters, accesses))
}

/// Judges a cluster as it will be registered, once what it is reached with is in the vault.
pub(in crate::routes) fn fit(
    cluster: &Cluster,
    access: &Access,
    kind: provider::Kind,
) -> Result<(), Unfit> {
    let nobody = Kept {
        fingerprint: Fingerprint::of([0; 32]),
        record_id: RecordId(Uuid::nil()),
        version: 0,
    };
    let certificate_id = access.certificate.as_ref().map(|_| CertificateId(Uuid::nil()));
    let token = access.token.as_ref().map(|_| nobody);
    Cluster { certificate_id, token, ..cluster.clone() }.check_fit(kind)
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
    let (create, access) = asked.body.checked(state.by(&asked.request))?;
    let verb = CreateProvider { id: ProviderId(Uuid::now_v7()), create, access };
    let recorded = state.command(verb, asked.request).await?;
    answer::created(&recorded, |id| format!("/v1/providers/{id}"))
}
