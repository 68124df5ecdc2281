//! One event of one request, which is what a command mostly is where few are at work.
//!
//! The arrays of a batch would cost such an append as much as its row.

use super::encode::Encoded;
use commands::ports::event_log::Outcome;
use sqlx::PgConnection;

const APPEND: &str = "SELECT log.append_one($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
    $13, $14, $15, $16)";

/// Stores the request, or answers none: then it has to be judged with a batch of its own.
pub(super) async fn append(
    connection: &mut PgConnection,
    request: &Encoded,
) -> Result<Option<Outcome>, sqlx::Error> {
    let ([event], true) = (request.events.as_slice(), request.claims.is_empty()) else {
        return Ok(None);
    };
    let others = |(stream, _): &&(String, i64)| *stream != event.stream;
    let (last, last_version): (Vec<&str>, Vec<i64>) =
        request.expected.iter().filter(|(_, version)| *version > 0).map(by_ref).unzip();
    let (read, read_version): (Vec<&str>, Vec<i64>) =
        request.expected.iter().filter(others).map(by_ref).unzip();
    let position: Option<i64> = sqlx::query_scalar(APPEND)
        .bind(request.command)
        .bind(request.request.as_slice())
        .bind(event.id)
        .bind(&event.stream)
        .bind(event.version)
        .bind(event.r#type)
        .bind(event.schema_version)
        .bind(&event.data)
        .bind(&event.metadata)
        .bind(&event.tags)
        .bind(&request.result)
        .bind(request.version)
        .bind(last)
        .bind(last_version)
        .bind(read)
        .bind(read_version)
        .fetch_one(connection)
        .await?;
    Ok(position.map(|position| request.stored(position)))
}

fn by_ref((stream, version): &(String, i64)) -> (&str, i64) {
    (stream, *version)
}
