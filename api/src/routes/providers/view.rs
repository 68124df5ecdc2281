//! A provider as clients see it: in a list, and with its clusters as a profile.

use crate::{
    parameters::When,
    problem::{Code, Problem},
    routes::{past, registries::view::RegistryCredential},
    state::State,
    words::{
        ClusterRole, DeploymentMode, Failback, Failover, Health, Kind, ProviderState, TestResult,
        Visibility,
    },
};
use domain::{Position, ids::ProviderId, provider, scope::Scope};
use projections::{
    Model,
    past::{Shown, Subject},
    provider_list,
    provider_profile::{query, row},
};
use serde::Serialize;
use std::{collections::BTreeMap, time::SystemTime};
use utoipa::ToSchema;
use uuid::Uuid;

/// A provider with its clusters.
#[derive(Serialize, ToSchema)]
pub(crate) struct Provider {
    id: Uuid,
    /// The version of its stream, for `If-Match`.
    version: i64,
    name: String,
    kind: Kind,
    visibility: Visibility,
    deployment_mode: DeploymentMode,
    state: ProviderState,
    comments: String,
    failover_policy: FailoverPolicy,
    /// Null while nobody has tested it.
    last_test: Option<LastTest>,
    /// By rank.
    pub(crate) clusters: Vec<Cluster>,
    /// The registries that it has credentials for, by name.
    registries: Vec<RegistryCredential>,
    /// The organizations associated with it, by name; the first 200.
    organizations: Vec<Organization>,
    organization_count: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: String,
    #[schema(value_type = String, format = DateTime)]
    updated_at: String,
    /// Whether an event about it could not be applied, so that this may be out of date.
    stale: bool,
}

/// One real Swarm or Kubernetes API behind a provider.
#[derive(Serialize, ToSchema)]
pub(crate) struct Cluster {
    pub(crate) id: Uuid,
    name: String,
    url: String,
    /// Other managers of the same cluster.
    urls: Vec<String>,
    server_name: Option<String>,
    /// Its place in the order of fallbacks; 1 is the primary.
    rank: u16,
    /// Its share of the draws of an active/active provider.
    weight: u16,
    role: ClusterRole,
    health: Health,
    /// Why it is not well, or why nobody has looked.
    health_reason: Option<String>,
    /// The certificate by which Berth says who it is.
    certificate_id: Option<Uuid>,
    /// PEM of the authorities by which its API is verified.
    ca: Option<String>,
    /// Whether a bearer token is kept for it, which is never shown.
    has_token: bool,
    /// What its last test came to; null while nobody has tested it.
    last_test: Option<LastTest>,
    /// The real cluster's own id: that of the Swarm, or of the namespace `kube-system`. Null before
    /// the first contact.
    native_id: Option<String>,
    /// The cluster that the real one belongs to. Null unless this one is rejected for it; then no
    /// work is sent to it.
    duplicate_of: Option<Uuid>,
}

/// When work leaves a lost cluster, and when it comes back.
#[derive(Serialize, ToSchema)]
pub(crate) struct FailoverPolicy {
    failover: Failover,
    failback: Failback,
    /// How long a cluster must have been well before work comes back by itself.
    failback_after_seconds: u32,
    /// The most failovers of one hour; further ones wait for an administrator.
    failovers_per_hour_max: u32,
    /// The pause between two probes of a cluster.
    probe_interval_ms: u32,
    /// How long a probe may take.
    probe_timeout_ms: u32,
    /// Probes missed in a row before a cluster is lost.
    probes_missed_max: u32,
    /// Workloads relocated at once.
    relocations_concurrent_max: u32,
}

/// What the last test of connectivity came to.
#[derive(Serialize, ToSchema)]
pub(crate) struct LastTest {
    result: TestResult,
    #[schema(value_type = String, format = DateTime)]
    tested_at: String,
    /// How long ago that was.
    age_seconds: i64,
}

/// An organization associated with a provider.
#[derive(Serialize, ToSchema)]
pub(crate) struct Organization {
    id: Uuid,
    name: String,
}

/// A provider, as a list shows it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProviderSummary {
    id: Uuid,
    /// The version of its stream, for `If-Match`.
    version: i64,
    name: String,
    kind: Kind,
    visibility: Visibility,
    deployment_mode: DeploymentMode,
    state: ProviderState,
    comments: String,
    cluster_count: usize,
    /// Whether it has more than one cluster.
    multi_cluster: bool,
    /// How many of its clusters are how well, by the words of a cluster's `health`.
    cluster_health: BTreeMap<&'static str, usize>,
    /// Null while nobody has tested it.
    last_test: Option<LastTest>,
    #[schema(value_type = String, format = DateTime)]
    created_at: String,
    #[schema(value_type = String, format = DateTime)]
    updated_at: String,
    /// Whether an event about it could not be applied, so that this may be out of date.
    stale: bool,
}

/// A provider: with all its settings, or as an organization sees it.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes what the handler writes")]
pub(crate) enum ProviderShown {
    /// To the instance.
    Whole(Provider),
    /// To an organization.
    Seen(ProviderSummary),
}

/// A page of providers.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProviderPage {
    items: Vec<ProviderSummary>,
    /// Where the list goes on; null at its end.
    next_cursor: Option<String>,
}

impl From<row::Row> for Provider {
    fn from(row: row::Row) -> Self {
        let organization =
            |item: row::Organization| Organization { id: item.id.0, name: item.name.to_string() };
        let last_test = row.last_test().map(LastTest::from);
        Self {
            id: row.id.0,
            version: row.version.0,
            name: row.name.to_string(),
            kind: row.kind.into(),
            visibility: row.visibility.into(),
            deployment_mode: row.deployment_mode.into(),
            state: row.state.into(),
            comments: row.comments,
            failover_policy: row.failover_policy.into(),
            last_test,
            clusters: row.clusters.into_iter().map(cluster).collect(),
            registries: row.registries.into_iter().map(RegistryCredential::from).collect(),
            organizations: row.organizations.into_iter().map(organization).collect(),
            organization_count: row.organization_count,
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            stale: row.stale,
        }
    }
}

fn cluster(row: row::Cluster) -> Cluster {
    Cluster {
        health_reason: None,
        certificate_id: row.certificate_id.map(|id| id.0),
        ca: row.ca,
        has_token: row.has_token,
        last_test: row.last_test.map(LastTest::from),
        native_id: row.native_id,
        duplicate_of: row.duplicate_of.map(|id| id.0),
        id: row.id.0,
        name: row.name.to_string(),
        url: row.url.to_string(),
        urls: row.urls.iter().map(ToString::to_string).collect(),
        server_name: row.server_name,
        rank: row.rank,
        weight: row.weight,
        role: row.role.into(),
        health: row.health.into(),
    }
}

impl From<provider::FailoverPolicy> for FailoverPolicy {
    fn from(policy: provider::FailoverPolicy) -> Self {
        Self {
            failover: policy.failover.into(),
            failback: policy.failback.into(),
            failback_after_seconds: policy.failback_after_seconds,
            failovers_per_hour_max: policy.failovers_per_hour_max,
            probe_interval_ms: policy.probe_interval_ms,
            probe_timeout_ms: policy.probe_timeout_ms,
            probes_missed_max: policy.probes_missed_max,
            relocations_concurrent_max: policy.relocations_concurrent_max,
        }
    }
}

impl From<provider_list::row::LastTest> for LastTest {
    fn from(test: provider_list::row::LastTest) -> Self {
        let tested: SystemTime = test.at.moment().into();
        let age = tested.elapsed().unwrap_or_default().as_secs();
        Self {
            result: test.result.into(),
            tested_at: test.at.to_string(),
            age_seconds: i64::try_from(age).unwrap_or(i64::MAX),
        }
    }
}

impl From<provider_list::row::Row> for ProviderSummary {
    fn from(row: provider_list::row::Row) -> Self {
        let health = row.cluster_health().into_iter();
        let last_test = row.last_test().map(LastTest::from);
        Self {
            id: row.id.0,
            version: row.version.0,
            name: row.name.to_string(),
            kind: row.kind.into(),
            visibility: row.visibility.into(),
            deployment_mode: row.deployment_mode.into(),
            state: row.state.into(),
            cluster_count: row.clusters.len(),
            multi_cluster: row.is_multi_cluster(),
            cluster_health: health.map(|(health, count)| (health.as_str(), count)).collect(),
            comments: row.comments,
            last_test,
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            stale: row.stale,
        }
    }
}

impl From<row::Row> for ProviderSummary {
    fn from(row: row::Row) -> Self {
        let mut health = BTreeMap::new();
        for cluster in &row.clusters {
            *health.entry(cluster.health.as_str()).or_default() += 1;
        }
        let last_test = row.last_test().map(LastTest::from);
        Self {
            id: row.id.0,
            version: row.version.0,
            name: row.name.to_string(),
            kind: row.kind.into(),
            visibility: row.visibility.into(),
            deployment_mode: row.deployment_mode.into(),
            state: row.state.into(),
            cluster_count: row.clusters.len(),
            multi_cluster: row.clusters.len() > 1,
            cluster_health: health,
            comments: row.comments,
            last_test,
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            stale: row.stale,
        }
    }
}

/// A provider as those see it who have a part in some organizations: as their lists show it. None
/// that they do not see.
pub(super) async fn seen(
    state: &State,
    scope: &Scope,
    id: ProviderId,
    at_least: Option<Position>,
) -> Result<(provider_list::row::Row, Position), Problem> {
    let get = || provider_list::query::get(&state.queries, id, scope);
    let found = state.read(Model::ProviderList, at_least, get).await?;
    Ok((found.row.ok_or_else(none)?, found.position))
}

fn none() -> Problem {
    Problem::new(Code::ProviderNotFound, domain::provider::Error::NotFound)
}

/// The profile of a provider, and the position it is of.
pub(crate) async fn found(
    state: &State,
    id: ProviderId,
    when: impl Into<When>,
) -> Result<(row::Row, Position), Problem> {
    let at_least = match when.into() {
        When::Now(at_least) => at_least,
        When::Past(when) => {
            let (shown, position) = past::shown(state, Subject::Provider(id), when).await?;
            let Some(Shown::Provider(row)) = shown else { return Err(none()) };
            return Ok((row, position));
        }
    };
    let found = state
        .read(Model::ProviderProfile, at_least, || query::get(&state.queries, id, None))
        .await?;
    Ok((found.row.ok_or_else(none)?, found.position))
}
