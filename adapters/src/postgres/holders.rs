//! Who has a name.

use super::event_log::read::unavailable;
use commands::ports::event_log::Error;
use domain::{StreamId, claim::UniqueName, stream::NoStream};
use sqlx::PgPool;

const HOLDERS: &str = "
SELECT n.stream FROM unnest($1::text[], $2::text[]) WITH ORDINALITY asked (scope, key, place)
LEFT JOIN log.names n ON n.scope = asked.scope AND n.key = asked.key
ORDER BY asked.place";

pub(super) async fn holders(
    pool: &PgPool,
    names: &[UniqueName],
) -> Result<Vec<Option<StreamId>>, Error> {
    let tried = "look names up";
    let found: Vec<Option<String>> = sqlx::query_scalar(HOLDERS)
        .bind(names.iter().map(|name| name.scope).collect::<Vec<_>>())
        .bind(names.iter().map(|name| name.key.as_str()).collect::<Vec<_>>())
        .fetch_all(pool)
        .await
        .map_err(unavailable(tried))?;
    let parse = |stream: String| {
        stream
            .parse()
            .map_err(|source: NoStream| Error::Unavailable { tried, source: source.into() })
    };
    found.into_iter().map(|stream| stream.map(parse).transpose()).collect()
}
