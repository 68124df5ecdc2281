//! Which labels the nodes of a provider carry: what a constraint may ask for.

use crate::page::{Error, Page};
use domain::{
    Position,
    ids::ProviderId,
    label::{Key, Value},
};
use sqlx::{PgPool, Row as _};

/// The most labels that are told.
pub const LABELS_MAX: u16 = 200;
/// The most values of one label that are told.
pub const VALUES_MAX: u16 = 100;

/// A label, and what nodes have in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Its key.
    pub key: Key,
    /// Its values, the first `VALUES_MAX`.
    pub values: Vec<Value>,
}

const SELECT: &str = "
SELECT c.position, s.* FROM rm_node_list.checkpoint c LEFT JOIN LATERAL (
    SELECT l.key, (array_agg(DISTINCT l.value COLLATE \"C\"))[:$3::int] AS values
    FROM rm_node_list.node r, jsonb_each_text(r.labels) l
    WHERE r.provider_id = $1 AND NOT (r.document->>'lost')::boolean
    GROUP BY l.key ORDER BY l.key COLLATE \"C\" LIMIT $2
) s ON true";

/// The labels on nodes that a cluster still lists, as far as a constraint can name them: by key,
/// the first `LABELS_MAX`, on one page.
///
/// # Errors
/// PostgreSQL failed.
pub async fn labels(pool: &PgPool, provider: ProviderId) -> Result<Page<Label>, Error> {
    let rows = sqlx::query(SELECT)
        .bind(provider.0)
        .bind(i64::from(LABELS_MAX))
        .bind(i32::from(VALUES_MAX))
        .fetch_all(pool)
        .await?;
    let mut found = Page { position: Position::START, items: vec![], next: None };
    for row in rows {
        found.position = Position(row.try_get("position")?);
        let Some(key) = row.try_get::<Option<&str>, _>("key")? else { continue };
        let Ok(key) = Key::parse(key) else { continue };
        let values: Vec<String> = row.try_get("values")?;
        let values: Vec<Value> =
            values.iter().filter_map(|value| Value::parse(value).ok()).collect();
        if !values.is_empty() {
            found.items.push(Label { key, values });
        }
    }
    Ok(found)
}
