//! Events that could not be applied, kept as data.
//!
//! An event that cannot be decoded or applied parks its stream in that read model: it and all later
//! events of the stream are written here, in order, while other streams flow on. To drain them
//! later would give another order than a rebuild, so the cure is a rebuild with mended code.

use crate::{
    Model,
    schema::{self, Place},
};
use domain::{Position, Timestamp, recorded::Stored};
use serde::Serialize;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Row as _};
use std::collections::HashSet;

/// The longest error kept, in characters.
const ERROR_CHARACTERS_MAX: usize = 1000;

/// The most events that one question is answered with.
pub const LIMIT_MAX: u16 = 200;

/// An event that waits for a rebuild.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StuckEvent {
    /// Its place in the log.
    pub position: Position,
    /// Its stream, as text.
    pub stream: String,
    /// Its stored type.
    pub r#type: String,
    /// Why it could not be applied, or behind which event it waits.
    pub error: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// The first events that wait, in the order of the log.
///
/// # Errors
/// PostgreSQL failed.
pub async fn list(pool: &PgPool, model: Model, limit: u16) -> sqlx::Result<Vec<StuckEvent>> {
    let select = format!(
        "SELECT position, stream, type, error, recorded_at FROM {}.stuck_event
        ORDER BY position LIMIT $1",
        schema::name(model, Place::Live)
    );
    let rows = sqlx::query(AssertSqlSafe(select))
        .bind(i64::from(limit.min(LIMIT_MAX)))
        .fetch_all(pool)
        .await?;
    let event = |row: &sqlx::postgres::PgRow| {
        Ok(StuckEvent {
            position: Position(row.try_get("position")?),
            stream: row.try_get("stream")?,
            r#type: row.try_get("type")?,
            error: row.try_get("error")?,
            recorded_at: Timestamp::new(row.try_get("recorded_at")?),
        })
    };
    rows.iter().map(event).collect()
}

/// The parked ones among these streams, in the search path of the connection.
pub(crate) async fn parked(
    connection: &mut PgConnection,
    streams: &[&str],
) -> sqlx::Result<HashSet<String>> {
    let parked: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT stream FROM stuck_event WHERE stream = ANY($1)")
            .bind(streams)
            .fetch_all(connection)
            .await?;
    Ok(parked.into_iter().collect())
}

/// Parks an event, in the search path of the connection.
pub(crate) async fn park(
    connection: &mut PgConnection,
    stored: &Stored,
    error: &str,
) -> sqlx::Result<()> {
    // PostgreSQL keeps no text with a NUL, and a poisoned event may have put one into its error.
    let error = error.replace('\0', "\u{fffd}");
    let error: String = error.chars().take(ERROR_CHARACTERS_MAX).collect();
    // What the event touched is known even where what it says is not.
    let mut tags: Vec<String> = serde_json::from_str(&stored.tags).unwrap_or_default();
    tags.retain(|tag| !tag.contains('\0'));
    sqlx::query(
        "INSERT INTO stuck_event (position, stream, type, error, tags, recorded_at)
        VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(stored.position.0)
    .bind(&stored.stream)
    .bind(&stored.r#type)
    .bind(error)
    .bind(tags)
    .bind(stored.recorded_at.moment())
    .execute(connection)
    .await?;
    Ok(())
}
