//! Asks for secrets. No organization sees any, so that none is asked for a scope.

use super::row::Row;
use crate::page::{Error, Found, Listing, Page, Table};
use domain::{
    ids::{ClusterId, ProviderId, SecretId},
    name,
};
use sqlx::{PgPool, Postgres, QueryBuilder};
use std::collections::BTreeMap;

const TABLE: Table = Table {
    checkpoint: "rm_secret_list.checkpoint",
    rows: "rm_secret_list.secret",
    stale: "EXISTS (SELECT FROM rm_secret_list.stuck_event e
            WHERE e.stream IN ('secret:' || r.id, 'secret_observation:' || r.id))",
};

/// Which secrets; all of what is given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Of this provider.
    pub provider: Option<ProviderId>,
    /// The name contains this.
    pub name: Option<String>,
}

/// A page of the secrets.
///
/// # Errors
/// The cursor belongs to another order, or PostgreSQL failed.
pub async fn list(pool: &PgPool, filter: &Filter, listing: &Listing) -> Result<Page<Row>, Error> {
    let conditions = |query: &mut QueryBuilder<Postgres>| {
        if let Some(provider) = filter.provider {
            query.push(" AND r.provider_id = ").push_bind(provider.0);
        }
        if let Some(part) = &filter.name {
            query.push(" AND strpos(r.name_key, ").push_bind(name::fold(part)).push(") > 0");
        }
    };
    TABLE.list(pool, listing, conditions).await
}

/// The secrets that were adopted from a cluster, by the ids of what was there.
///
/// # Errors
/// PostgreSQL failed.
pub async fn adopted_from(
    pool: &PgPool,
    cluster: ClusterId,
) -> Result<BTreeMap<String, SecretId>, Error> {
    let rows = sqlx::query_scalar::<_, String>(
        "SELECT document::text FROM rm_secret_list.secret WHERE adopted_cluster = $1 LIMIT 10000",
    );
    let documents = rows.bind(cluster.0).fetch_all(pool).await?;
    let mut adopted = BTreeMap::new();
    for document in documents {
        let row: Row = serde_json::from_str(&document)?;
        adopted.extend(row.adopted_from.map(|from| (from.object.native_id, row.id)));
    }
    Ok(adopted)
}

/// One secret, if it is of this provider.
///
/// # Errors
/// PostgreSQL failed.
pub async fn get(pool: &PgPool, provider: ProviderId, id: SecretId) -> Result<Found<Row>, Error> {
    let of_provider = |query: &mut QueryBuilder<Postgres>| {
        query.push(" AND r.provider_id = ").push_bind(provider.0);
    };
    TABLE.get(pool, id.0, of_provider).await
}
