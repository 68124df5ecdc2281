//! Asks for certificates.

use super::row::Row;
use crate::page::{Error, Found, Listing, Page, Table};
use domain::{Timestamp, ids::CertificateId, name};
use sqlx::PgPool;

const TABLE: Table = Table {
    checkpoint: "rm_certificate_list.checkpoint",
    rows: "rm_certificate_list.certificate",
    stale: "EXISTS (SELECT FROM rm_certificate_list.stuck_event e \
            WHERE e.stream = 'certificate:' || r.id)",
};

/// Which certificates; all of what is given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// The name contains this, whatever its case.
    pub name: Option<String>,
    /// They end before this.
    pub expires_before: Option<Timestamp>,
}

/// A page of certificates.
///
/// # Errors
/// The cursor belongs to another order, or PostgreSQL failed.
pub async fn list(pool: &PgPool, filter: &Filter, listing: &Listing) -> Result<Page<Row>, Error> {
    let conditions = |query: &mut sqlx::QueryBuilder<sqlx::Postgres>| {
        if let Some(part) = &filter.name {
            query.push(" AND strpos(r.name_key, ").push_bind(name::fold(part)).push(") > 0");
        }
        if let Some(end) = filter.expires_before {
            query.push(" AND r.not_after < ").push_bind(end.moment());
        }
    };
    TABLE.list(pool, listing, conditions).await
}

/// One certificate.
///
/// # Errors
/// PostgreSQL failed.
pub async fn get(pool: &PgPool, id: CertificateId) -> Result<Found<Row>, Error> {
    TABLE.get(pool, id.0, |_| {}).await
}
