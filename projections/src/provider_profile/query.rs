//! Asks for the profile of a provider. One statement, so that the organizations are of the same
//! moment as the clusters.

use super::row::{Organization, Row};
use crate::page::{Error, Found};
use domain::{
    Position,
    ids::{OrganizationId, ProviderId},
};
use sqlx::{PgPool, Row as _};

const GET: &str = "
SELECT c.position, r.document::text AS document,
    EXISTS (SELECT FROM rm_provider_profile.stuck_event e
        WHERE e.stream = 'provider:' || $1 OR e.tags @> ARRAY['provider:' || $1]) AS stale,
    (SELECT count(*) FROM rm_provider_profile.association a
        WHERE a.provider_id = $1) AS organization_count,
    (SELECT json_agg(json_build_object('id', o.id, 'name', o.name) ORDER BY o.name_key, o.id)::text
        FROM (SELECT o.id, o.name, o.name_key
            FROM rm_provider_profile.association a
            JOIN rm_provider_profile.organization o ON o.id = a.organization_id
            WHERE a.provider_id = $1
            ORDER BY o.name_key, o.id LIMIT $2) o) AS organizations
FROM rm_provider_profile.checkpoint c
LEFT JOIN rm_provider_profile.provider r ON r.id = $1
    AND ($3::uuid IS NULL OR r.visibility = 'public'
        OR EXISTS (SELECT FROM rm_provider_profile.association a
            WHERE a.provider_id = r.id AND a.organization_id = $3))";

/// One provider, if `visible_to` may see it (everybody may, where no organization is given).
///
/// # Errors
/// PostgreSQL failed.
pub async fn get(
    pool: &PgPool,
    id: ProviderId,
    visible_to: Option<OrganizationId>,
) -> Result<Found<Row>, Error> {
    let found = sqlx::query(GET)
        .bind(id.0)
        .bind(i64::from(Row::ORGANIZATIONS_MAX))
        .bind(visible_to.map(|organization| organization.0))
        .fetch_one(pool)
        .await?;
    let position = Position(found.try_get("position")?);
    let Some(document) = found.try_get::<Option<&str>, _>("document")? else {
        return Ok(Found { position, row: None });
    };
    let mut row: Row = serde_json::from_str(document)?;
    row.stale = found.try_get("stale")?;
    row.organization_count = found.try_get("organization_count")?;
    if let Some(organizations) = found.try_get::<Option<&str>, _>("organizations")? {
        row.organizations = serde_json::from_str::<Vec<Organization>>(organizations)?;
    }
    Ok(Found { position, row: Some(row) })
}
