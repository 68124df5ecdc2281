//! Asks for nodes.

use super::row::Row;
use crate::page::{Error, Found, Listing, Page, Table};
use domain::{
    availability::Availability,
    ids::{ClusterId, NodeId, ProviderId},
    name,
    node_observation::facts::State,
};
use sqlx::{PgPool, Postgres, QueryBuilder, types::Json};
use std::collections::BTreeMap;

const TABLE: Table = Table {
    checkpoint: "rm_node_list.checkpoint",
    rows: "rm_node_list.node",
    stale: "EXISTS (SELECT FROM rm_node_list.stuck_event e WHERE e.stream IN \
            ('node:' || r.id, 'node_observation:' || r.id, 'provider:' || r.provider_id))",
};

/// Which nodes; all of what is given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Of this provider.
    pub provider: Option<ProviderId>,
    /// Of this cluster.
    pub cluster: Option<ClusterId>,
    /// The name contains this, whatever its case.
    pub name: Option<String>,
    /// The cluster shows these labels on it.
    pub labels: BTreeMap<String, String>,
    /// The cluster shows labels with these keys on it.
    pub label_keys: Vec<String>,
    /// In this state.
    pub state: Option<State>,
    /// The cluster shows it with this availability.
    pub availability: Option<Availability>,
}

/// A page of the nodes.
///
/// # Errors
/// The cursor belongs to another order, or PostgreSQL failed.
pub async fn list(pool: &PgPool, filter: &Filter, listing: &Listing) -> Result<Page<Row>, Error> {
    TABLE.list(pool, listing, |query| push(query, filter)).await
}

/// One node, if it is of this provider.
///
/// # Errors
/// PostgreSQL failed.
pub async fn get(pool: &PgPool, provider: ProviderId, id: NodeId) -> Result<Found<Row>, Error> {
    let of_provider = |query: &mut QueryBuilder<Postgres>| {
        query.push(" AND r.provider_id = ").push_bind(provider.0);
    };
    TABLE.get(pool, id.0, of_provider).await
}

fn push(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    if let Some(provider) = filter.provider {
        query.push(" AND r.provider_id = ").push_bind(provider.0);
    }
    if let Some(cluster) = filter.cluster {
        query.push(" AND r.cluster_id = ").push_bind(cluster.0);
    }
    if let Some(part) = &filter.name {
        query.push(" AND strpos(r.name_key, ").push_bind(name::fold(part)).push(") > 0");
    }
    if !filter.labels.is_empty() {
        query.push(" AND r.labels @> ").push_bind(Json(filter.labels.clone()));
    }
    if !filter.label_keys.is_empty() {
        query.push(" AND r.labels ?& ").push_bind(filter.label_keys.clone());
    }
    if let Some(state) = filter.state {
        query.push(" AND r.state = ").push_bind(super::state(state));
    }
    if let Some(availability) = filter.availability {
        query.push(" AND r.availability = ").push_bind(availability.as_str());
    }
}
