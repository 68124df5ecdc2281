//! What was: streams of the log up to a position, and which position a time stands for.

use super::{Error, EventFeed, quoted};
use domain::{
    Position, StreamId, Timestamp, Version,
    feed::Past,
    ids::{CertificateId, ProviderId},
    recorded::{Happened, Stored},
    scope::Scope,
    tag::Tag,
};
use futures::TryStreamExt;
use sqlx::{Row, postgres::PgRow};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Bisects the log: positions are dense, and no event is recorded earlier than the one before it.
const POSITION_AT: &str = "
WITH RECURSIVE span (low, high) AS (
    SELECT 0::bigint, coalesce(max(position), 0) FROM log.events
    UNION ALL
    SELECT CASE WHEN e.recorded_at <= $1 THEN e.position ELSE s.low END,
        CASE WHEN e.recorded_at <= $1 THEN s.high ELSE e.position - 1 END
    FROM span s JOIN log.events e ON e.position = (s.low + s.high + 1) / 2
    WHERE s.low < s.high
)
SELECT (SELECT low FROM span WHERE low = high) AS position, $1 > clock_timestamp() AS future";

impl EventFeed {
    /// The last event recorded at this time or before; nothing where the time is still to come, by
    /// PostgreSQL's clock: what is recorded until then is not known yet.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn position_at(&self, time: Timestamp) -> Result<Option<Position>, Error> {
        let row = sqlx::query(POSITION_AT).bind(time.moment()).fetch_one(&self.pool).await?;
        let future: bool = row.try_get("future")?;
        Ok(if future { None } else { Some(Position(row.try_get("position")?)) })
    }

    /// How many events each of these streams has.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn lengths(
        &self,
        streams: &BTreeSet<StreamId>,
    ) -> Result<BTreeMap<StreamId, i64>, Error> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT s.stream, coalesce((SELECT max(e.version) FROM log.events e \
             WHERE e.stream = s.stream), 0) FROM unnest($1::text[]) s (stream)",
        )
        .bind(names(streams))
        .fetch_all(&self.pool)
        .await?;
        let read = |(stream, length): (String, i64)| Some((stream.parse().ok()?, length));
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Events by their ids, as far as the reader may see them.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn with_ids(&self, scope: &Scope, ids: &[Uuid]) -> Result<Vec<Stored>, Error> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let columns = super::COLUMNS;
        let sql = format!(
            "SELECT {columns} FROM log.events WHERE id = ANY($1) AND ($2::text[] IS NULL OR EXISTS \
             (SELECT FROM unnest($2) own (tag) WHERE strpos(tags::text, own.tag) > 0))"
        );
        let own = super::own(scope).map(|tags| tags.iter().map(quoted).collect::<Vec<_>>());
        let asked = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(ids).bind(own);
        let rows = asked.fetch_all(&self.pool).await?;
        Ok(rows.iter().map(super::stored).collect::<Result<_, _>>()?)
    }
}

impl Past for EventFeed {
    type Error = Error;

    async fn replay(
        &self,
        streams: &[StreamId],
        until: Position,
        mut take: impl FnMut(Happened) + Send,
    ) -> Result<(), Error> {
        let mut rows = sqlx::query(
            "SELECT position, stream, version, type, schema_version, data::text AS data, \
             recorded_at FROM log.events WHERE stream = ANY($1) AND position <= $2 \
             ORDER BY position",
        )
        .bind(names(streams))
        .bind(until.0)
        .fetch(&self.pool);
        while let Some(row) = rows.try_next().await? {
            take(happened(&row)?);
        }
        Ok(())
    }

    async fn touching(
        &self,
        tag: &Tag,
        types: &[&str],
        until: Position,
    ) -> Result<BTreeSet<StreamId>, Error> {
        let streams: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT e.stream FROM log.tagged t JOIN log.events e USING (position) \
             WHERE t.tag = $1 AND t.position <= $2 AND e.type = ANY($3)",
        )
        .bind(tag.as_str())
        .bind(until.0)
        .bind(types)
        .fetch_all(&self.pool)
        .await?;
        Ok(known(&streams))
    }

    async fn tested(
        &self,
        provider: ProviderId,
        until: Position,
    ) -> Result<BTreeSet<StreamId>, Error> {
        // In the words of the index, which has these events and no others.
        let streams: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT e.stream FROM log.events e WHERE e.data->>'provider_id' = $1 \
             AND e.type = 'ConnectivityTested' AND e.position <= $2",
        )
        .bind(provider.to_string())
        .bind(until.0)
        .fetch_all(&self.pool)
        .await?;
        Ok(known(&streams))
    }

    async fn associated(
        &self,
        provider: ProviderId,
        until: Position,
    ) -> Result<BTreeSet<StreamId>, Error> {
        // In the words of the index, which has these events and no others.
        let streams: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT e.stream FROM log.events e WHERE e.data->>'provider_id' = $1 \
             AND e.type IN ('OrgAssociated', 'OrgDissociated') AND e.position <= $2",
        )
        .bind(provider.to_string())
        .bind(until.0)
        .fetch_all(&self.pool)
        .await?;
        Ok(known(&streams))
    }

    async fn users(
        &self,
        certificate: CertificateId,
        until: Position,
    ) -> Result<BTreeSet<StreamId>, Error> {
        // The events of providers stand side by side in the index of streams, apart from the many
        // of nodes: they are read once, and no append pays for an index of its own.
        let streams: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT e.stream FROM log.events e \
             WHERE e.stream >= 'provider:' AND e.stream < 'provider;' \
             AND e.type IN ('ClusterAdded', 'ClusterEndpointChanged') AND e.position <= $2 \
             AND strpos(e.data::text, $1) > 0",
        )
        .bind(quoted(certificate))
        .bind(until.0)
        .fetch_all(&self.pool)
        .await?;
        Ok(known(&streams))
    }
}

/// An event in a stream that nobody can name changes no profile.
fn known(streams: &[String]) -> BTreeSet<StreamId> {
    streams.iter().filter_map(|stream| stream.parse().ok()).collect()
}

fn names<'a>(streams: impl IntoIterator<Item = &'a StreamId>) -> Vec<String> {
    streams.into_iter().map(ToString::to_string).collect()
}

fn happened(row: &PgRow) -> Result<Happened, sqlx::Error> {
    Ok(Happened {
        position: Position(row.try_get("position")?),
        stream: row.try_get("stream")?,
        version: Version(row.try_get("version")?),
        r#type: row.try_get("type")?,
        schema_version: row.try_get("schema_version")?,
        data: row.try_get("data")?,
        recorded_at: Timestamp::new(row.try_get("recorded_at")?),
    })
}
