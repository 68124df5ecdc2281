//! Asks for the profiles of an organization.

use super::row::Row;
use crate::page::{Error, Found, Listing, Page, Table};
use domain::{
    Position, Version,
    ids::{ImageId, OrganizationId, ProfileId, ProviderId},
    name,
};
use sqlx::{PgPool, Postgres, QueryBuilder};
use std::collections::BTreeMap;
use uuid::Uuid;

const TABLE: Table = Table {
    checkpoint: "rm_profile_list.checkpoint",
    rows: "rm_profile_list.profile",
    stale: "EXISTS (SELECT FROM rm_profile_list.stuck_event e \
            WHERE e.stream = 'profile:' || r.id OR e.tags @> ARRAY['profile:' || r.id])",
};

/// Which profiles; all of what is given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// The name contains this, whatever its case.
    pub name: Option<String>,
    /// On this provider.
    pub provider: Option<ProviderId>,
    /// With this image.
    pub image: Option<ImageId>,
}

/// A page of the profiles of an organization.
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
        if let Some(part) = &filter.name {
            query.push(" AND strpos(r.name_key, ").push_bind(name::fold(part)).push(") > 0");
        }
        if let Some(provider) = filter.provider {
            query.push(" AND r.provider_id = ").push_bind(provider.0);
        }
        if let Some(image) = filter.image {
            query.push(" AND r.image_id = ").push_bind(image.0);
        }
    };
    TABLE.list(pool, listing, conditions).await
}

/// One profile, if it is one of the organization.
///
/// # Errors
/// PostgreSQL failed.
pub async fn get(
    pool: &PgPool,
    organization: OrganizationId,
    id: ProfileId,
) -> Result<Found<Row>, Error> {
    TABLE.get(pool, id.0, |query| push_of(query, organization)).await
}

/// The present versions of profiles.
///
/// # Errors
/// PostgreSQL failed.
pub async fn versions(
    pool: &PgPool,
    profiles: &[ProfileId],
) -> Result<Found<BTreeMap<ProfileId, Version>>, Error> {
    let ids: Vec<Uuid> = profiles.iter().map(|id| id.0).collect();
    let rows: Vec<(i64, Option<Uuid>, Option<i64>)> = sqlx::query_as(
        "SELECT c.position, r.id, (r.document->>'version')::bigint
        FROM rm_profile_list.checkpoint c
        LEFT JOIN rm_profile_list.profile r ON r.id = ANY($1)",
    )
    .bind(ids)
    .fetch_all(pool)
    .await?;
    let position = Position(rows.first().ok_or(sqlx::Error::RowNotFound)?.0);
    let version = |(_, id, version)| Some((ProfileId(id?), Version(version?)));
    Ok(Found { position, row: Some(rows.into_iter().filter_map(version).collect()) })
}

fn push_of(query: &mut QueryBuilder<Postgres>, organization: OrganizationId) {
    query.push(" AND r.organization_id = ").push_bind(organization.0);
}
