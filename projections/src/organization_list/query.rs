//! Asks for organizations. Which providers one may use is a question to `provider_list`.

use super::row::Row;
use crate::page::{Error, Found, Listing, Page, Table};
use domain::{ids::OrganizationId, name, scope::Scope};
use sqlx::PgPool;

const TABLE: Table = Table {
    checkpoint: "rm_organization_list.checkpoint",
    rows: "rm_organization_list.organization",
    stale: "EXISTS (SELECT FROM rm_organization_list.stuck_event e \
            WHERE e.stream = 'organization:' || r.id)",
};

/// Which organizations; all of what is given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// The name contains this, whatever its case.
    pub name: Option<String>,
}

/// A page of the organizations that the reader may see.
///
/// # Errors
/// The cursor belongs to another order, or PostgreSQL failed.
pub async fn list(
    pool: &PgPool,
    scope: &Scope,
    filter: &Filter,
    listing: &Listing,
) -> Result<Page<Row>, Error> {
    let conditions = |query: &mut sqlx::QueryBuilder<sqlx::Postgres>| {
        if let Some(part) = &filter.name {
            query.push(" AND strpos(r.name_key, ").push_bind(name::fold(part)).push(") > 0");
        }
        if let Some(own) = scope.filter() {
            query.push(" AND r.id = ANY(").push_bind(own).push(")");
        }
    };
    TABLE.list(pool, listing, conditions).await
}

/// One organization.
///
/// # Errors
/// PostgreSQL failed.
pub async fn get(pool: &PgPool, id: OrganizationId) -> Result<Found<Row>, Error> {
    TABLE.get(pool, id.0, |_| {}).await
}
