//! Asks for the workloads of an organization.

use super::row::{Row, State};
use crate::page::{Error, Found, Listing, Page, Table};
use domain::{
    ids::{ClusterId, OrganizationId, ProfileId, ProviderId, WorkloadId},
    name,
};
use sqlx::{PgPool, Postgres, QueryBuilder};

const TABLE: Table = Table {
    checkpoint: "rm_workload_list.checkpoint",
    rows: "rm_workload_list.workload",
    stale: "EXISTS (SELECT FROM rm_workload_list.stuck_event e \
            WHERE e.stream IN ('workload:' || r.id, 'workload_observation:' || r.id))",
};

/// Which workloads; all of what is given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// The name contains this, whatever its case.
    pub name: Option<String>,
    /// On this provider.
    pub provider: Option<ProviderId>,
    /// On this cluster.
    pub cluster: Option<ClusterId>,
    /// Made from this profile.
    pub profile: Option<ProfileId>,
    /// In this state.
    pub state: Option<State>,
}

/// A page of the workloads of an organization.
///
/// # Errors
/// The cursor belongs to another order, or PostgreSQL failed.
pub async fn list(
    pool: &PgPool,
    organization: OrganizationId,
    filter: &Filter,
    listing: &Listing,
) -> Result<Page<Row>, Error> {
    let conditions = |query: &mut QueryBuilder<Postgres>| {
        push_of(query, organization);
        push(query, filter);
    };
    TABLE.list(pool, listing, conditions).await
}

/// One workload, if it is one of the organization.
///
/// # Errors
/// PostgreSQL failed.
pub async fn get(
    pool: &PgPool,
    organization: OrganizationId,
    id: WorkloadId,
) -> Result<Found<Row>, Error> {
    TABLE.get(pool, id.0, |query| push_of(query, organization)).await
}

fn push_of(query: &mut QueryBuilder<Postgres>, organization: OrganizationId) {
    query.push(" AND r.organization_id = ").push_bind(organization.0);
}

fn push(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    if let Some(part) = &filter.name {
        query.push(" AND strpos(r.name_key, ").push_bind(name::fold(part)).push(") > 0");
    }
    if let Some(provider) = filter.provider {
        query.push(" AND r.provider_id = ").push_bind(provider.0);
    }
    if let Some(cluster) = filter.cluster {
        query.push(" AND r.cluster_id = ").push_bind(cluster.0);
    }
    if let Some(profile) = filter.profile {
        query.push(" AND r.profile_id = ").push_bind(profile.0);
    }
    if let Some(state) = filter.state {
        query.push(" AND r.state = ").push_bind(state.as_str());
    }
}
