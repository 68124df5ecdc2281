//! Who uses what, as the log keeps it: by this very table a removal is refused, so a list names
//! exactly those that stand in the way. It is of the present, and no part of a read model.

use domain::{StreamId, stream::NoStream};
use sqlx::PgPool;

/// How many users of one thing are named.
pub const USERS_SHOWN_MAX: i64 = 100;

const USED_BY: &str = "
SELECT coalesce((SELECT array_agg(u.from_stream ORDER BY u.from_stream) FROM (
    SELECT r.from_stream FROM log.references r WHERE r.to_stream = asked.stream
    ORDER BY r.from_stream LIMIT $2) u), '{}')
FROM unnest($1::text[]) WITH ORDINALITY asked (stream, place)
ORDER BY asked.place";

/// Some of those that use each of these, at most `USERS_SHOWN_MAX` for each.
///
/// # Errors
/// PostgreSQL failed, or answered a name that is none.
pub async fn used_by(pool: &PgPool, streams: &[StreamId]) -> sqlx::Result<Vec<Vec<StreamId>>> {
    if streams.is_empty() {
        return Ok(vec![]);
    }
    let found: Vec<Vec<String>> = sqlx::query_scalar(USED_BY)
        .bind(streams.iter().map(ToString::to_string).collect::<Vec<_>>())
        .bind(USERS_SHOWN_MAX)
        .fetch_all(pool)
        .await?;
    let parse = |users: Vec<String>| users.iter().map(|user| user.parse()).collect();
    let parsed: Result<_, NoStream> = found.into_iter().map(parse).collect();
    parsed.map_err(|error| sqlx::Error::Decode(error.into()))
}
