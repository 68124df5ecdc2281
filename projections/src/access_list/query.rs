//! Asks for tokens and roles.

use super::row::{Grant, Principal, Token};
use crate::page::{Error, Found, Listing, Page, Shown, Table};
use domain::{
    Position, Version,
    ids::{OrganizationId, PrincipalId, RoleId, TokenId},
    role,
};
use sqlx::{PgPool, Postgres, QueryBuilder, Row as _};
use std::collections::BTreeSet;
use uuid::Uuid;

const TOKENS: Table = Table {
    checkpoint: "rm_access_list.checkpoint",
    rows: "rm_access_list.token",
    stale: "EXISTS (SELECT FROM rm_access_list.stuck_event e \
            WHERE e.stream = 'access:' || r.principal_id)",
};

const ROLES: Table = Table { rows: "rm_access_list.role", ..TOKENS };

/// Which tokens; all of what is given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TokenFilter {
    /// Of this principal.
    pub principal: Option<PrincipalId>,
}

/// Which roles; all of what is given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoleFilter {
    /// Of this principal.
    pub principal: Option<PrincipalId>,
    /// In this organization.
    pub organization: Option<OrganizationId>,
    /// With this name.
    pub role: Option<role::Name>,
}

/// A page of the tokens.
///
/// # Errors
/// The cursor belongs to another order, or PostgreSQL failed.
pub async fn tokens(
    pool: &PgPool,
    filter: &TokenFilter,
    listing: &Listing,
) -> Result<Page<Token>, Error> {
    let conditions = |query: &mut QueryBuilder<Postgres>| push_principal(query, filter.principal);
    TOKENS.list(pool, listing, conditions).await
}

/// A page of the roles that hold.
///
/// # Errors
/// The cursor belongs to another order, or PostgreSQL failed.
pub async fn roles(
    pool: &PgPool,
    filter: &RoleFilter,
    listing: &Listing,
) -> Result<Page<Grant>, Error> {
    let conditions = |query: &mut QueryBuilder<Postgres>| {
        query.push(" AND r.held");
        push_principal(query, filter.principal);
        if let Some(organization) = filter.organization {
            query.push(" AND r.organization_id = ").push_bind(organization.0);
        }
        if let Some(role) = filter.role {
            query.push(" AND r.name_key = ").push_bind(role.as_str());
        }
    };
    ROLES.list(pool, listing, conditions).await
}

/// One token, and the version of its principal.
///
/// # Errors
/// PostgreSQL failed.
pub async fn token(pool: &PgPool, id: TokenId) -> Result<Found<(Token, Version)>, Error> {
    get(pool, id.0, &TOKENS).await
}

/// One role, also one that was revoked, and the version of its principal.
///
/// # Errors
/// PostgreSQL failed.
pub async fn role(pool: &PgPool, id: RoleId) -> Result<Found<(Grant, Version)>, Error> {
    get(pool, id.0, &ROLES).await
}

/// Those of some principals who have a role in one of these organizations.
///
/// # Errors
/// PostgreSQL failed.
pub async fn acting_in(
    pool: &PgPool,
    organizations: &[OrganizationId],
    principals: &[PrincipalId],
) -> Result<BTreeSet<PrincipalId>, Error> {
    let acting: Vec<Uuid> = sqlx::query_scalar(
        "SELECT DISTINCT r.principal_id FROM rm_access_list.role r \
         WHERE r.held AND r.organization_id = ANY($1) AND r.principal_id = ANY($2)",
    )
    .bind(organizations.iter().map(|organization| organization.0).collect::<Vec<_>>())
    .bind(principals.iter().map(|principal| principal.0).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    Ok(acting.into_iter().map(PrincipalId).collect())
}

/// A row with the version of its principal, both of one moment.
async fn get<R: Shown>(
    pool: &PgPool,
    id: Uuid,
    table: &Table,
) -> Result<Found<(R, Version)>, Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT c.position, r.document::text AS row, ");
    query.push("p.document::text AS principal, ").push(table.stale).push(" AS stale FROM ");
    query.push(table.checkpoint).push(" c LEFT JOIN ").push(table.rows).push(" r ON r.id = ");
    query.push_bind(id);
    query.push(" LEFT JOIN rm_access_list.principal p ON p.id = r.principal_id");
    let found = query.build().fetch_one(pool).await?;
    let position = Position(found.try_get("position")?);
    let (row, principal): (Option<&str>, Option<&str>) =
        (found.try_get("row")?, found.try_get("principal")?);
    let Some((row, principal)) = row.zip(principal) else {
        return Ok(Found { position, row: None });
    };
    let mut row: R = serde_json::from_str(row)?;
    row.set_stale(found.try_get("stale")?);
    let principal: Principal = serde_json::from_str(principal)?;
    Ok(Found { position, row: Some((row, principal.version)) })
}

fn push_principal(query: &mut QueryBuilder<Postgres>, principal: Option<PrincipalId>) {
    if let Some(principal) = principal {
        query.push(" AND r.principal_id = ").push_bind(principal.0);
    }
}
