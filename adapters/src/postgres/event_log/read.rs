//! Reading streams, answers, and raw events.

use commands::ports::event_log::{Answer, Answered, Error};
use domain::{
    Event, Position, StreamId, Timestamp, Version,
    ids::{CommandId, EventId},
    recorded::{Recorded, Stored},
    stream::Kind,
    tag::Tag,
};
use sqlx::{PgPool, Row, postgres::PgRow};
use std::collections::BTreeMap;

/// Events read in one round trip.
const PAGE: i64 = 1000;
/// Streams read in one round trip.
const STREAMS_AT_ONCE: usize = 500;

/// The columns of an event, for `stored`.
pub(in crate::postgres) const COLUMNS: &str = "position, recorded_at, id, stream, version, type, \
    schema_version, data::text AS data, metadata::text AS metadata, tags::text AS tags, leaf_hash";

pub(in crate::postgres) fn unavailable(tried: &'static str) -> impl Fn(sqlx::Error) -> Error {
    move |source| Error::Unavailable { tried, source: source.into() }
}

/// A row of `COLUMNS` as exact bytes.
pub(in crate::postgres) fn stored(row: &PgRow) -> Result<Stored, sqlx::Error> {
    let leaf: Vec<u8> = row.try_get("leaf_hash")?;
    let wrong = |_| sqlx::Error::Decode("a leaf hash has 32 bytes".into());
    Ok(Stored {
        position: Position(row.try_get("position")?),
        id: EventId(row.try_get("id")?),
        stream: row.try_get("stream")?,
        version: Version(row.try_get("version")?),
        r#type: row.try_get("type")?,
        schema_version: row.try_get("schema_version")?,
        data: row.try_get("data")?,
        metadata: row.try_get("metadata")?,
        tags: row.try_get("tags")?,
        recorded_at: Timestamp::new(row.try_get("recorded_at")?),
        leaf_hash: leaf.try_into().map_err(wrong)?,
    })
}

/// Reads the meaning of exact bytes.
///
/// # Errors
/// `Error::Unreadable` when today's code does not know the event.
pub fn decode(stored: &Stored) -> Result<Recorded<Event>, Error> {
    let unreadable = |source: Box<dyn std::error::Error + Send + Sync>| Error::Unreadable {
        position: stored.position,
        source,
    };
    let mut data = serde_json::Deserializer::from_str(&stored.data);
    Ok(Recorded {
        position: stored.position,
        id: stored.id,
        stream: stored
            .stream
            .parse()
            .map_err(|e: domain::stream::NoStream| unreadable(e.into()))?,
        version: stored.version,
        recorded_at: stored.recorded_at,
        metadata: serde_json::from_str(&stored.metadata).map_err(|e| unreadable(e.into()))?,
        payload: Event::decode(&stored.r#type, stored.schema_version, &mut data)
            .map_err(|e| unreadable(e.into()))?,
    })
}

pub(super) async fn load(
    pool: &PgPool,
    stream: StreamId,
    after: Version,
) -> Result<Vec<Recorded<Event>>, Error> {
    const LOAD: &str = "SELECT position, recorded_at, id, stream, version, type, schema_version, \
        data::text AS data, metadata::text AS metadata, '' AS tags, leaf_hash FROM log.events \
        WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3";
    let failed = unavailable("load a stream");
    let mut events: Vec<Recorded<Event>> = Vec::new();
    let mut version = after.0;
    loop {
        let rows = sqlx::query(LOAD)
            .bind(stream.to_string())
            .bind(version)
            .bind(PAGE)
            .fetch_all(pool)
            .await
            .map_err(&failed)?;
        for row in &rows {
            events.push(decode(&stored(row).map_err(&failed)?)?);
        }
        match events.last() {
            Some(last) if i64::try_from(rows.len()) == Ok(PAGE) => version = last.version.0,
            Some(_) | None => return Ok(events),
        }
    }
}

pub(super) async fn load_each(
    pool: &PgPool,
    streams: &[(StreamId, Version)],
) -> Result<BTreeMap<StreamId, Vec<Recorded<Event>>>, Error> {
    // OFFSET 0 keeps the planner from anything but one look into the index for each stream.
    const LOAD_EACH: &str = "SELECT position, recorded_at, id, stream, version, type, \
        schema_version, data::text AS data, metadata::text AS metadata, '' AS tags, leaf_hash \
        FROM unnest($1::text[], $2::bigint[]) wanted (name, after) CROSS JOIN LATERAL (SELECT * \
            FROM log.events e WHERE e.stream = wanted.name AND e.version > wanted.after \
            OFFSET 0) e \
        ORDER BY stream, version";
    let failed = unavailable("load streams");
    let mut loaded: BTreeMap<StreamId, Vec<Recorded<Event>>> = BTreeMap::new();
    for streams in streams.chunks(STREAMS_AT_ONCE) {
        let (names, after): (Vec<String>, Vec<i64>) =
            streams.iter().map(|(stream, version)| (stream.to_string(), version.0)).unzip();
        let asked = sqlx::query(LOAD_EACH).bind(names).bind(after);
        let rows = asked.fetch_all(pool).await.map_err(&failed)?;
        for row in &rows {
            let event = decode(&stored(row).map_err(&failed)?)?;
            loaded.entry(event.stream).or_default().push(event);
        }
    }
    Ok(loaded)
}

pub(super) async fn referrers(
    pool: &PgPool,
    to: StreamId,
    limit: u16,
) -> Result<Vec<StreamId>, Error> {
    let failed = unavailable("list referrers");
    let rows = sqlx::query(
        "SELECT from_stream FROM log.references WHERE to_stream = $1 \
         ORDER BY from_stream LIMIT $2",
    )
    .bind(to.to_string())
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await
    .map_err(&failed)?;
    rows.iter().map(|row| parse(row.try_get("from_stream").map_err(&failed)?)).collect()
}

pub(super) async fn answered(pool: &PgPool, id: CommandId) -> Result<Option<Answered>, Error> {
    let failed = unavailable("look a command up");
    let row = sqlx::query(
        "SELECT request, result, result_version, result_position FROM log.events WHERE id = $2 \
         UNION ALL \
         SELECT request, result, result_version, result_position FROM log.quiet_commands \
         WHERE id = $1",
    )
    .bind(id.0)
    .bind(EventId::of(id, 0).0)
    .fetch_optional(pool)
    .await
    .map_err(&failed)?;
    let read = |row: PgRow| -> Result<Answered, sqlx::Error> {
        let request: Vec<u8> = row.try_get("request")?;
        let wrong = |_| sqlx::Error::Decode("a request digest has 32 bytes".into());
        Ok(Answered {
            answer: Answer {
                result: row.try_get("result")?,
                version: Version(row.try_get("result_version")?),
                position: Position(row.try_get("result_position")?),
            },
            request: request.try_into().map_err(wrong)?,
        })
    };
    row.map(read).transpose().map_err(&failed)
}

/// The names of a kind are what lies between these two; `;` follows `:`.
fn span(kind: Kind, after: Option<StreamId>) -> (String, String) {
    let from = after.map_or(format!("{}:", kind.as_str()), |stream| stream.to_string());
    (from, format!("{};", kind.as_str()))
}

pub(super) async fn streams(
    pool: &PgPool,
    kind: Kind,
    after: Option<StreamId>,
    limit: u16,
) -> Result<Vec<StreamId>, Error> {
    let failed = unavailable("list streams");
    let (from, end) = span(kind, after);
    let rows = sqlx::query(
        "SELECT stream FROM log.streams WHERE stream > $1 AND stream < $2 \
         ORDER BY stream LIMIT $3",
    )
    .bind(from)
    .bind(end)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await
    .map_err(&failed)?;
    rows.iter().map(|row| parse(row.try_get("stream").map_err(&failed)?)).collect()
}

pub(super) async fn tagged_streams(
    pool: &PgPool,
    tag: &Tag,
    kind: Kind,
    after: Option<StreamId>,
    limit: u16,
) -> Result<Vec<StreamId>, Error> {
    let failed = unavailable("list streams by tag");
    let (from, end) = span(kind, after);
    let rows = sqlx::query(
        "SELECT DISTINCT e.stream FROM log.tagged t JOIN log.events e USING (position) \
         WHERE t.tag = $1 AND e.stream > $2 AND e.stream < $3 ORDER BY e.stream LIMIT $4",
    )
    .bind(tag.as_str())
    .bind(from)
    .bind(end)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await
    .map_err(&failed)?;
    rows.iter().map(|row| parse(row.try_get("stream").map_err(&failed)?)).collect()
}

fn parse(text: &str) -> Result<StreamId, Error> {
    text.parse().map_err(|source: domain::stream::NoStream| Error::Unavailable {
        tried: "read the name of a stream",
        source: source.into(),
    })
}
