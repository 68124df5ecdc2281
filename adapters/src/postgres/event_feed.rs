//! Events after a position, woken by LISTEN with a slow poll behind it.
//!
//! Positions are dense and in commit order, so a page that does not start right after the position
//! asked for is not a puzzle but an alarm; the readers raise it.

mod past;

use super::event_log::read::{COLUMNS, stored};
use domain::{
    Position, feed::Feed, ids::OrganizationId, recorded::Stored, scope::Scope, tag::Tag,
    timestamp::Timestamp,
};
use sqlx::{
    AssertSqlSafe, PgPool,
    postgres::{PgConnectOptions, PgListener},
};
use std::time::Duration;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{sleep, timeout},
};
use tracing::{debug, error, warn};

/// The slow poll: how late a reader is when a wake-up was lost.
const POLL: Duration = Duration::from_millis(500);
/// The pause before LISTEN is tried again.
const LISTEN_PAUSE: Duration = Duration::from_secs(1);

/// Why events could not be read.
#[derive(Debug, thiserror::Error)]
#[error("could not read events from PostgreSQL")]
pub struct Error(#[from] sqlx::Error);

/// The log as its readers see it.
#[derive(Clone)]
pub struct EventFeed {
    pool: PgPool,
    grown: watch::Receiver<i64>,
    _listener: std::sync::Arc<Listener>,
}

/// Ends the listening task with the last feed.
struct Listener(JoinHandle<()>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What a reader of one tag wants to see.
#[derive(Clone, Debug, Default)]
pub struct TagFilter {
    /// Only events before this position; absent: from the newest on.
    pub before: Option<Position>,
    /// Only these stored types; empty: all.
    pub types: Vec<String>,
    /// Only events of this actor.
    pub actor: Option<domain::ids::PrincipalId>,
    /// Only events recorded at this time or later.
    pub since: Option<Timestamp>,
    /// Only events recorded before this time.
    pub until: Option<Timestamp>,
}

impl EventFeed {
    /// A feed whose LISTEN has a connection of its own: a pool would wait for it when it closes.
    #[must_use]
    pub fn start(pool: PgPool, options: PgConnectOptions) -> Self {
        let (wake, grown) = watch::channel(0);
        let listener = Listener(tokio::spawn(listen(pool.clone(), options, wake)));
        Self { pool, grown, _listener: std::sync::Arc::new(listener) }
    }

    /// The same feed, read over other connections; the LISTEN is shared.
    #[must_use]
    pub fn over(&self, pool: PgPool) -> Self {
        Self { pool, ..self.clone() }
    }

    /// Events that touched one thing and that the reader may see, newest first.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn tagged(
        &self,
        scope: &Scope,
        tag: &Tag,
        filter: &TagFilter,
        limit: u16,
    ) -> Result<Vec<Stored>, Error> {
        let sql = match scope {
            Scope::Instance => touched_by(TAIL_THEN_ROUNDS),
            // Whoever sees little is answered from that little, however much touched the thing.
            Scope::Organizations(_) => touched_by(&[OWN]),
        };
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(tag.as_str())
            .bind(filter.before.map_or(i64::MAX, |position| position.0))
            .bind(&filter.types)
            .bind(filter.actor.map(|actor| actor.to_string()))
            .bind(filter.since.map(Timestamp::moment))
            .bind(filter.until.map(Timestamp::moment))
            .bind(i64::from(limit))
            .bind(quoted(tag))
            .bind(own(scope).unwrap_or_default())
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.iter().map(stored).collect::<Result<_, _>>()?)
    }
}

/// Where the events of a tag are: behind the end of its index, and in its rounds, newest first, so
/// that a page of a long history reads no more of it than the page.
const TAIL_THEN_ROUNDS: &[&str] = &[
    "(SELECT position, position AS round FROM log.events \
     WHERE position > (SELECT i.position FROM log.tags_indexed i) \
     AND strpos(tags::text, $8) > 0) t JOIN log.events e USING (position) WHERE true",
    "(SELECT p.position, r.round FROM log.tag_rounds r, unnest(r.positions) p (position) \
     WHERE r.tag = $1 AND r.round < $2) t JOIN log.events e USING (position) WHERE true",
];
/// The same of the events that touched an organization of the reader.
const OWN: &str = "(SELECT DISTINCT position, position AS round FROM log.tagged \
    WHERE tag = ANY($9) AND position < $2) t JOIN log.events e USING (position) \
    WHERE strpos(e.tags::text, $8) > 0";

/// The newest events of what one of these sources yields, filtered; newest first.
fn touched_by(sources: &[&str]) -> String {
    let part = |source: &&str| {
        format!(
            "(SELECT {COLUMNS} FROM {source} AND t.position < $2 \
             AND ($3::text[] = '{{}}' OR e.type = ANY($3)) \
             AND ($4::text IS NULL OR e.metadata->>'actor' = $4) \
             AND ($5::timestamptz IS NULL OR e.recorded_at >= $5) \
             AND ($6::timestamptz IS NULL OR e.recorded_at < $6) \
             ORDER BY t.round DESC, t.position DESC LIMIT $7)"
        )
    };
    let parts: Vec<String> = sources.iter().map(part).collect();
    format!("SELECT * FROM ({}) found ORDER BY position DESC LIMIT $7", parts.join(" UNION ALL "))
}

/// The tags of the organizations whose events a reader sees; none where it sees all.
fn own(scope: &Scope) -> Option<Vec<String>> {
    let tag = |id| Tag::organization(OrganizationId(id)).to_string();
    Some(scope.filter()?.into_iter().map(tag).collect())
}

/// Tags are canonical JSON, so one is in there as it is written, quotes and all.
fn quoted(tag: impl std::fmt::Display) -> String {
    format!("\"{tag}\"")
}

/// What a reader of the log wants to see; all of what is given must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these stored types; empty: all.
    pub types: Vec<String>,
    /// Only events of this actor.
    pub actor: Option<domain::ids::PrincipalId>,
    /// Only events that touched this.
    pub tag: Option<Tag>,
    /// Only events recorded at this time or later.
    pub since: Option<Timestamp>,
    /// Only events recorded before this time.
    pub until: Option<Timestamp>,
}

/// The events that a filter let through, and how far it has looked.
#[derive(Clone, Debug)]
pub struct Found {
    /// In order.
    pub events: Vec<Stored>,
    /// Nothing else up to here passes the filter.
    pub seen: Position,
}

impl EventFeed {
    /// Events after a position that the reader may see and that pass a filter: at most `limit`,
    /// among the next `Filter::WINDOW` of the log, so that a filter that lets nothing through is
    /// bounded too.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn matching(
        &self,
        scope: &Scope,
        after: Position,
        filter: &Filter,
        limit: u16,
    ) -> Result<Found, Error> {
        let head = self.head().await?;
        let end = head.0.min(after.0.saturating_add(Filter::WINDOW));
        let sql = format!(
            "SELECT {COLUMNS} FROM log.events e WHERE position > $1 AND position <= $2 \
             AND ($3::text[] = '{{}}' OR e.type = ANY($3)) \
             AND ($4::text IS NULL OR e.metadata->>'actor' = $4) \
             AND ($5::text IS NULL OR strpos(e.tags::text, $5) > 0) \
             AND ($6::timestamptz IS NULL OR e.recorded_at >= $6) \
             AND ($7::timestamptz IS NULL OR e.recorded_at < $7) \
             AND ($8::text[] IS NULL OR EXISTS \
                 (SELECT FROM unnest($8) own (tag) WHERE strpos(e.tags::text, own.tag) > 0)) \
             ORDER BY position LIMIT $9"
        );
        let own = own(scope).map(|tags| tags.iter().map(quoted).collect::<Vec<_>>());
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(after.0)
            .bind(end)
            .bind(&filter.types)
            .bind(filter.actor.map(|actor| actor.to_string()))
            .bind(filter.tag.as_ref().map(quoted))
            .bind(filter.since.map(Timestamp::moment))
            .bind(filter.until.map(Timestamp::moment))
            .bind(own)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        let events = rows.iter().map(stored).collect::<Result<Vec<_>, _>>()?;
        let full = events.last().filter(|_| events.len() >= usize::from(limit));
        let seen = full.map_or(Position(end).max(after), |last| last.position);
        Ok(Found { events, seen })
    }
}

impl Filter {
    /// How many events of the log one look goes through.
    pub const WINDOW: i64 = 20_000;
}

impl Feed for EventFeed {
    type Error = Error;

    async fn after(&self, position: Position, limit: u16) -> Result<Vec<Stored>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM log.events WHERE position > $1 ORDER BY position LIMIT $2"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(position.0)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.iter().map(stored).collect::<Result<_, _>>()?)
    }

    async fn head(&self) -> Result<Position, Error> {
        Ok(head(&self.pool).await?)
    }

    async fn grown(&self, seen: Position) {
        let mut grown = self.grown.clone();
        // A closed channel only means that the poll is all there is.
        let woken = timeout(POLL, grown.wait_for(|head| *head > seen.0)).await;
        if woken.is_ok_and(|woken| woken.is_err()) {
            sleep(POLL).await;
        }
    }
}

async fn head(pool: &PgPool) -> sqlx::Result<Position> {
    let head: Option<i64> =
        sqlx::query_scalar("SELECT max(position) FROM log.events").fetch_one(pool).await?;
    Ok(Position(head.unwrap_or(0)))
}

/// Turns notifications into a number that grows as the log does. A lost one costs one poll.
async fn listen(log: PgPool, options: PgConnectOptions, wake: watch::Sender<i64>) {
    loop {
        if let Err(error) = listen_once(&log, &options, &wake).await {
            debug!(error = %error, "LISTEN ended; readers poll until it is back");
        }
        sleep(LISTEN_PAUSE).await;
    }
}

/// What was notified before is not what is there now: a log that was set back to an older state
/// ends earlier than anybody knows, and who believed in more would ask for it without a pause.
fn begin_with(head: Position, wake: &watch::Sender<i64>) {
    wake.send_if_modified(|known| {
        if head.0 < *known {
            error!("the log ends at position {head}, and ended at {known} before: it was set back");
        }
        let is_new = head.0 != *known;
        *known = head.0;
        is_new
    });
}

async fn listen_once(
    log: &PgPool,
    options: &PgConnectOptions,
    wake: &watch::Sender<i64>,
) -> Result<(), sqlx::Error> {
    let pool =
        sqlx::postgres::PgPoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen("berth_log").await?;
    begin_with(head(log).await?, wake);
    while let Some(notification) = listener.try_recv().await? {
        match notification.payload().parse::<i64>() {
            Ok(head) => drop(wake.send_if_modified(|known| {
                let newer = head > *known;
                *known = head.max(*known);
                newer
            })),
            Err(_) => warn!("a notification of the log is not a position"),
        }
    }
    // The connection was replaced: notifications may be lost, so everybody looks once.
    Ok(())
}
