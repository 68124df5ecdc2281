//! A secret as clients see it: everything but its value.

use crate::{problem::Problem, state::State, words::SecretState};
use domain::{StreamId, ids::ClusterId, secret_observation::Object};
use projections::{
    secret_list::row::{AdoptedFrom, OnCluster, Row},
    used_by::used_by,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A secret of a provider.
#[derive(Serialize, ToSchema)]
pub(crate) struct Secret {
    id: Uuid,
    /// The version of its stream, for `If-Match`.
    version: i64,
    provider_id: Uuid,
    name: String,
    /// Which version of its value holds; it grows with each rotation, and may skip a number.
    value_version: u32,
    /// Equal for equal values of this secret, and says nothing else about them.
    fingerprint: String,
    /// What somebody had made on a cluster, in whose place it is; null where it was created here.
    adopted_from: Option<AdoptedSecret>,
    /// How it is on each cluster that said something of it.
    clusters: Vec<SecretOnCluster>,
    /// What uses it, as `profile:<id>`; at most 100.
    used_by: Vec<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// When it got the value that holds.
    #[schema(format = DateTime)]
    rotated_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// Whether an event about it could not be applied, so that this may be out of date.
    stale: bool,
}

/// What somebody had made on a cluster.
#[derive(Serialize, ToSchema)]
struct AdoptedSecret {
    cluster_id: Uuid,
    /// What the client of the cluster calls it.
    name: String,
    native_id: String,
}

/// How a secret is on a cluster.
#[derive(Serialize, ToSchema)]
struct SecretOnCluster {
    cluster_id: Uuid,
    state: SecretState,
    /// Which version of the value the cluster holds; null where it never held one.
    version: Option<u32>,
    /// What holds it there, as the client of the cluster calls it.
    objects: Vec<SecretObject>,
    /// Since when it is held so.
    #[schema(value_type = Option<String>, format = DateTime)]
    applied_at: Option<String>,
    /// Why a version is not held, in the words of the cluster where it has any.
    reason: Option<String>,
    /// Which version is not held.
    rejected_version: Option<u32>,
    /// The workload that did not come up with it, so that all there has gone back.
    rejected_by: Option<Uuid>,
    /// When Berth last put back what somebody had taken away.
    #[schema(value_type = Option<String>, format = DateTime)]
    restored_at: Option<String>,
}

/// What holds a version of a secret on a cluster.
#[derive(Serialize, ToSchema)]
struct SecretObject {
    /// On Kubernetes with its namespace before it.
    name: String,
    native_id: String,
}

impl SecretOnCluster {
    fn of(cluster: ClusterId, on: OnCluster, newest: u32) -> Self {
        let state = on.state(newest).into();
        let object =
            |object: Object| SecretObject { name: object.name, native_id: object.native_id };
        let rejected = on.rejected.as_ref();
        Self {
            cluster_id: cluster.0,
            state,
            version: on.held.as_ref().map(|held| held.version),
            applied_at: on.held.as_ref().map(|held| held.at.to_string()),
            reason: rejected.map(|rejected| rejected.reason.clone()),
            rejected_version: rejected.map(|rejected| rejected.version),
            rejected_by: rejected.and_then(|rejected| rejected.workload_id).map(|id| id.0),
            restored_at: on.restored_at.map(|at| at.to_string()),
            objects: on.held.into_iter().flat_map(|held| held.objects).map(object).collect(),
        }
    }
}

/// A page of secrets.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecretPage {
    items: Vec<Secret>,
    /// Where the list goes on; null at its end.
    next_cursor: Option<String>,
}

/// A row, and who uses it.
pub(super) type Used = (Row, Vec<StreamId>);

impl From<Used> for Secret {
    fn from((row, users): Used) -> Self {
        let newest = row.value.version;
        let clusters = row.clusters.into_iter();
        let adopted = |from: AdoptedFrom| AdoptedSecret {
            cluster_id: from.cluster_id.0,
            name: from.object.name,
            native_id: from.object.native_id,
        };
        Self {
            adopted_from: row.adopted_from.map(adopted),
            clusters: clusters.map(|(id, on)| SecretOnCluster::of(id, on, newest)).collect(),
            id: row.id.0,
            version: row.version.0,
            provider_id: row.provider_id.0,
            name: row.name.to_string(),
            value_version: row.value.version,
            fingerprint: row.value.fingerprint.to_string(),
            used_by: users.iter().map(ToString::to_string).collect(),
            created_at: row.created_at.to_string(),
            rotated_at: row.rotated_at.to_string(),
            updated_at: row.updated_at.to_string(),
            stale: row.stale,
        }
    }
}

/// Rows with those that use them.
pub(super) async fn used(state: &State, rows: Vec<Row>) -> Result<Vec<Used>, Problem> {
    let streams: Vec<StreamId> = rows.iter().map(|row| StreamId::secret(row.id)).collect();
    let users = used_by(&state.queries, &streams).await.map_err(|error| Problem::query(&error))?;
    Ok(rows.into_iter().zip(users).collect())
}
