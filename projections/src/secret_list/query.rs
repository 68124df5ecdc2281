//! Asks for secrets. No organization sees any, so that none is asked for a scope.

use super::row::Row;
use crate::page::{Error, Found, Listing, Page, Table};
use domain::{
    ids::{ProviderId, SecretId},
    name,
};
use sqlx::{PgPool, Postgres, QueryBuilder};

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
