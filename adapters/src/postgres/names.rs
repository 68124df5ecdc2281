//! The names of principals, which the log knows by their ids alone.

use super::access::Error;
use domain::ids::PrincipalId;
use sqlx::PgPool;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The names of some principals; one that is not known, or was erased, has none.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn names(
    pool: &PgPool,
    principals: &BTreeSet<PrincipalId>,
) -> Result<BTreeMap<PrincipalId, String>, Error> {
    let ids: Vec<Uuid> = principals.iter().map(|principal| principal.0).collect();
    let named: Vec<(Uuid, String)> =
        sqlx::query_as("SELECT id, name FROM work.principals WHERE id = ANY($1) AND name <> ''")
            .bind(ids)
            .fetch_all(pool)
            .await?;
    Ok(named.into_iter().map(|(id, name)| (PrincipalId(id), name)).collect())
}
