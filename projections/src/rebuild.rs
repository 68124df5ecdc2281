//! Makes a read model again from the log, beside the old one, while the service runs.
//!
//! The new tables are filled in a schema of their own from the first event on. When they have
//! caught up, one short transaction renames the schemas. What makes that safe for readers:
//!
//! - The old and the new one stand at the same position when they are swapped (the new one may be
//!   ahead where no runner is active), since the runner is held at a gate that readers do not pass.
//! - A query names the checkpoint as its first table. The swap takes that table's lock, so it waits
//!   for queries under way; those that come later wait for the swap, find the name changed, and
//!   look all their tables up again. No query sees tables of both.
//! - Nothing is dropped while anybody can still come to it: the old schema goes afterwards.

use crate::{
    Model,
    alarm::Alarm,
    batch::{self, Batch},
    runner::{lock_of, try_lock},
    schema::{self, Checkpoint, Place},
};
use domain::{Position, feed::Feed, recorded::Stored};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool, raw_sql};
use std::time::Duration;
use tracing::warn;

/// The most events that are read at once.
const PAGE_EVENTS_MAX: u16 = 10_000;

/// How many rows are held before they are written: some 200 MB of them.
const ROWS_HELD_MAX: usize = 120_000;

/// The most events of one step where PostgreSQL refused many rows at once.
const STEP_EVENTS_MAX: u16 = 1000;

/// How many events behind the log counts as caught up.
const CAUGHT_UP_EVENTS: usize = 1000;

/// The most events that are applied while the runner waits at the gate.
const SWAP_BEHIND_MAX: u16 = 5000;

/// How often a swap is tried before the rebuild is given up.
const SWAP_ATTEMPTS_MAX: u32 = 120;

/// How long a swap waits for queries under way, and so how long others wait for it.
const SWAP_LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout TO '250ms'";

/// How long to let queries pass between two attempts.
const SWAP_PAUSE: Duration = Duration::from_millis(500);

/// How long one statement may take: an index over all rows takes longer than any query.
const STATEMENT_TIMEOUT: &str = "SET statement_timeout TO '10min'";

/// How often the drop of the old tables is tried; the next rebuild drops what is left.
const DROP_ATTEMPTS_MAX: u32 = 10;

/// The locks of rebuilds, apart from those of runners.
const REBUILDS: i32 = 100;

/// The gates at which a swap holds runners.
const GATES: i32 = 200;

/// How far a rebuild is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filled {
    /// What the new tables have seen.
    pub position: Position,
    /// Where the log ended when last looked at.
    pub head: Position,
}

/// Why a rebuild was given up. The old tables are as they were.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else is at it.
    #[error("another rebuild of {0} is running")]
    Busy(Model),
    /// The log is not what it must be.
    #[error(transparent)]
    Alarm(#[from] Alarm),
    /// The log could not be read.
    #[error("read the log")]
    Feed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The new tables could not be filled.
    #[error("fill the new tables")]
    Fill(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// There were always queries under way, or the log grew too fast.
    #[error("swap the tables: no moment was found in {SWAP_ATTEMPTS_MAX} attempts")]
    NoMoment,
    /// PostgreSQL failed.
    #[error("make or swap the tables")]
    Database(#[from] sqlx::Error),
}

impl Error {
    pub(crate) fn alarm(&self) -> Option<Alarm> {
        if let Self::Alarm(alarm) = self { Some(alarm.clone()) } else { None }
    }
}

impl From<batch::Error> for Error {
    fn from(error: batch::Error) -> Self {
        match error {
            batch::Error::Alarm(alarm) => Self::Alarm(alarm),
            batch::Error::Database(error) => Self::Database(error),
            batch::Error::Apply(_) => Self::Fill(Box::new(error)),
        }
    }
}

/// Makes the read model again. Returns the position at which it took over.
///
/// # Errors
/// The old tables are as they were.
pub async fn run<F: Feed>(
    pool: &PgPool,
    feed: &F,
    model: Model,
    mut told: impl FnMut(Filled) + Send,
) -> Result<Position, Error> {
    schema::create_missing(pool).await?;
    // Not given back to the pool: the lock must end with the rebuild.
    let mut connection = pool.acquire().await?.detach();
    if !try_lock(&mut connection, REBUILDS + lock_of(model)).await? {
        return Err(Error::Busy(model));
    }
    let mut at = start(&mut connection, model).await?;
    at = fill(feed, model, &mut connection, at, &mut told).await?;
    raw_sql(model.definition().indexes).execute(&mut connection).await?;
    analyze(&mut connection, model).await?;

    for _ in 0..SWAP_ATTEMPTS_MAX {
        at = fill(feed, model, &mut connection, at, &mut told).await?;
        match swap(feed, model, &mut connection, at).await {
            Ok(Some(at)) => {
                drop_old(&mut connection, model).await;
                return Ok(at.position);
            }
            Ok(None) => {}
            Err(Error::Database(error)) if is_lock_timeout(&error) => {}
            Err(error) => return Err(error),
        }
        tokio::time::sleep(SWAP_PAUSE).await;
    }
    Err(Error::NoMoment)
}

/// Clears what an earlier rebuild left behind, and makes the new tables.
async fn start(connection: &mut PgConnection, model: Model) -> Result<Checkpoint, Error> {
    schema::drop(connection, model, Place::Next).await?;
    schema::drop(connection, model, Place::Old).await?;
    let mut transaction = connection.begin().await?;
    schema::create(&mut transaction, model, Place::Next).await?;
    transaction.commit().await?;
    schema::enter(connection, model, Place::Next).await?;
    // A crash ends the rebuild anyway.
    connection.execute("SET synchronous_commit TO off").await?;
    connection.execute(STATEMENT_TIMEOUT).await?;
    Ok(schema::checkpoint(connection).await?)
}

/// Tells the planner about the new tables before anybody asks them.
async fn analyze(connection: &mut PgConnection, model: Model) -> sqlx::Result<()> {
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = $1")
            .bind(schema::name(model, Place::Next))
            .fetch_all(&mut *connection)
            .await?;
    for table in tables {
        raw_sql(AssertSqlSafe(format!("ANALYZE {table}"))).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Applies events until few are left. Rows are held in memory and written when there are many of
/// them, since most change many times in a history. The next events are read meanwhile.
async fn fill<F: Feed>(
    feed: &F,
    model: Model,
    connection: &mut PgConnection,
    from: Checkpoint,
    told: &mut (impl FnMut(Filled) + Send),
) -> Result<Checkpoint, Error> {
    let mut at = from;
    let mut batch = Batch::new(model, at);
    let mut head = feed.head().await.map_err(|error| Error::Feed(Box::new(error)))?;
    let mut events = after(feed, at.position, PAGE_EVENTS_MAX).await?;
    while let Some(last) = events.last() {
        let taken = async { Ok(batch.take(connection, &events).await?) };
        let ((), next) = tokio::try_join!(taken, after(feed, last.position, PAGE_EVENTS_MAX))?;
        let caught_up = next.len() < CAUGHT_UP_EVENTS;
        if caught_up || batch.held() >= ROWS_HELD_MAX {
            at = write(feed, model, connection, at, &mut batch).await?;
        }
        if batch.held() >= ROWS_HELD_MAX {
            batch = Batch::new(model, at);
        }
        head = head.max(next.last().unwrap_or(last).position);
        told(Filled { position: batch.position(), head });
        if caught_up {
            break;
        }
        events = next;
    }
    Ok(at)
}

/// Writes a batch, or, where PostgreSQL refuses its rows, goes the same way in small steps, which
/// find the event that is to blame.
async fn write<F: Feed>(
    feed: &F,
    model: Model,
    connection: &mut PgConnection,
    from: Checkpoint,
    batch: &mut Batch,
) -> Result<Checkpoint, Error> {
    let mut transaction = connection.begin().await?;
    match batch.write(&mut transaction).await {
        Ok(on) => {
            transaction.commit().await?;
            return Ok(on);
        }
        Err(error) if error.is_poison() => transaction.rollback().await?,
        Err(error) => return Err(error.into()),
    }
    let (mut at, to) = (from, batch.position());
    while at.position < to {
        let events = after(feed, at.position, STEP_EVENTS_MAX).await?;
        let mut transaction = connection.begin().await?;
        at = batch::advance(&mut transaction, model, at, &events).await?;
        transaction.commit().await?;
    }
    *batch = Batch::new(model, at);
    Ok(at)
}

async fn after<F: Feed>(feed: &F, at: Position, limit: u16) -> Result<Vec<Stored>, Error> {
    feed.after(at, limit).await.map_err(|error| Error::Feed(Box::new(error)))
}

/// Takes over, unless there is more to catch up with than others should wait for.
async fn swap<F: Feed>(
    feed: &F,
    model: Model,
    connection: &mut PgConnection,
    at: Checkpoint,
) -> Result<Option<Checkpoint>, Error> {
    let mut transaction = connection.begin().await?;
    transaction.execute(SWAP_LOCK_TIMEOUT).await?;
    transaction.execute("SET LOCAL synchronous_commit TO on").await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1, $2)")
        .bind(schema::LOCKS)
        .bind(GATES + lock_of(model))
        .execute(&mut *transaction)
        .await?;
    // From here on the runner waits; readers do not.
    let Some(at) = draw_level(feed, model, &mut transaction, at).await? else {
        // Not by a drop, which would keep the gate until the connection is used again.
        transaction.rollback().await?;
        return Ok(None);
    };
    // From here on readers wait, too: for two updates of the catalog.
    let [live, next, old] =
        [Place::Live, Place::Next, Place::Old].map(|place| schema::name(model, place));
    let rename = format!(
        "LOCK TABLE {live}.checkpoint IN ACCESS EXCLUSIVE MODE; \
        ALTER SCHEMA {live} RENAME TO {old}; ALTER SCHEMA {next} RENAME TO {live}"
    );
    raw_sql(AssertSqlSafe(rename)).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Some(at))
}

/// Brings the new tables to where the old ones stand, if they are not far behind.
async fn draw_level<F: Feed>(
    feed: &F,
    model: Model,
    connection: &mut PgConnection,
    at: Checkpoint,
) -> Result<Option<Checkpoint>, Error> {
    let live = schema::name(model, Place::Live);
    let select = AssertSqlSafe(format!("SELECT position FROM {live}.checkpoint"));
    let to: i64 = sqlx::query_scalar(select).fetch_one(&mut *connection).await?;
    let behind = to - at.position.0;
    if behind <= 0 {
        return Ok(Some(at));
    }
    let Some(limit) = u16::try_from(behind).ok().filter(|limit| *limit <= SWAP_BEHIND_MAX) else {
        return Ok(None);
    };
    let events = after(feed, at.position, limit).await?;
    let at = batch::advance(connection, model, at, &events).await?;
    Ok((at.position.0 >= to).then_some(at))
}

/// Waits for a swap that is under way. Must be the first statement of the runner's transaction, so
/// that it looks its tables up afterwards.
pub(crate) async fn pass_gate(connection: &mut PgConnection, model: Model) -> sqlx::Result<()> {
    sqlx::query("SELECT pg_advisory_xact_lock_shared($1, $2)")
        .bind(schema::LOCKS)
        .bind(GATES + lock_of(model))
        .execute(connection)
        .await?;
    Ok(())
}

async fn drop_old(connection: &mut PgConnection, model: Model) {
    for attempt in 1..=DROP_ATTEMPTS_MAX {
        let dropped = async {
            let mut transaction = connection.begin().await?;
            transaction.execute(SWAP_LOCK_TIMEOUT).await?;
            schema::drop(&mut transaction, model, Place::Old).await?;
            transaction.commit().await
        };
        match dropped.await {
            Ok(()) => return,
            Err(error) if attempt == DROP_ATTEMPTS_MAX => {
                let error = batch::chain(&error);
                warn!(
                    read_model.name = %model, error,
                    "could not drop the old tables of {model}; the next rebuild will"
                );
            }
            Err(_) => tokio::time::sleep(SWAP_PAUSE).await,
        }
    }
}

fn is_lock_timeout(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "55P03")
}
