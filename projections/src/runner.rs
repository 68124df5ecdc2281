//! Keeps one read model up to date: feed → apply → checkpoint.
//!
//! **Invariants**
//! - Of all runners of a read model, in whatever processes, one is active: it holds a session-level
//!   advisory lock on the very connection that its batches run on, so lock and writes live and die
//!   together. The others ask for the lock at a named interval.
//! - A failure is tried again from the checkpoint; an alarm about the log is not.
//! - There is no stop signal: dropping the future closes the connection, PostgreSQL rolls back what
//!   was not committed, and the next runner starts from the checkpoint.

use crate::{
    Model,
    alarm::Alarm,
    batch::{self, Moved},
    progress::Progress,
    rebuild,
    schema::{self, Checkpoint, LOCKS, Place},
};
use domain::{Position, feed::Feed};
use sqlx::{AssertSqlSafe, Executor, PgConnection, PgPool};
use std::time::Duration;
use tokio::time::{error::Elapsed, timeout};
use tracing::{error, info, warn};

/// The most events of one batch.
const BATCH_EVENTS_MAX: u16 = 1000;

/// How often a runner that is not the active one asks for the lock.
pub const TAKEOVER_POLL: Duration = Duration::from_millis(500);

/// How long a runner waits after a failure.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// How long a batch may take, and how long a runner that is not heard of keeps its lock: well over
/// what the server itself gives a statement. Without it a connection that died silently would keep
/// this runner, and all others that wait for its lock, for hours.
const SILENT_MAX: Duration = Duration::from_secs(60);

/// The advisory lock of the active runner. A number is given once, whatever the order of the list.
#[must_use]
pub fn lock_of(model: Model) -> i32 {
    match model {
        Model::AccessList => 5,
        Model::ImageList => 6,
        Model::NodeList => 1,
        Model::OrganizationList => 2,
        Model::ProviderList => 3,
        Model::ProviderProfile => 4,
        Model::ProfileList => 8,
        Model::SecretList => 10,
        Model::WorkloadList => 9,
        Model::CertificateList => 11,
    }
}

/// Why a runner gave its place up.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("read the log")]
    Feed(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error(transparent)]
    Batch(#[from] batch::Error),
    #[error("use the connection of the read model")]
    Database(#[from] sqlx::Error),
    #[error("PostgreSQL did not answer within {SILENT_MAX:?}")]
    Silent(#[from] Elapsed),
    #[error("rebuild the read model, whose definition has changed")]
    Rebuild(#[source] Box<rebuild::Error>),
}

/// Runs until the log is not what it must be. Drop the future to stop it.
pub async fn run<F: Feed>(pool: &PgPool, feed: &F, model: Model, progress: &Progress) -> Alarm {
    let _inactive = Inactive { model, progress };
    loop {
        let error = match lead(pool, feed, model, progress).await {
            Ok(never) => match never {},
            Err(error) => error,
        };
        let text = batch::chain(&error);
        let said = progress.here(model).error.as_ref() == Some(&text);
        progress.update(model, |here| {
            here.active = false;
            here.rebuilding = false;
            here.error = Some(text.clone());
        });
        if let Some(alarm) = alarm_of(&error) {
            progress.update(model, |here| here.alarm = Some(alarm.clone()));
            error!(read_model.name = %model, error = text, "stopped the read model {model}");
            return alarm;
        }
        // The same failure twice a second is one fact.
        if !said {
            warn!(
                read_model.name = %model, error = text,
                "could not go on with the read model {model}; it starts again from its checkpoint"
            );
        }
        tokio::time::sleep(RETRY_PAUSE).await;
    }
}

/// Whoever drops a runner ends its being the active one.
struct Inactive<'a> {
    model: Model,
    progress: &'a Progress,
}

impl Drop for Inactive<'_> {
    fn drop(&mut self) {
        self.progress.update(self.model, |here| here.active = false);
    }
}

fn alarm_of(error: &Error) -> Option<Alarm> {
    match error {
        Error::Batch(batch::Error::Alarm(alarm)) => Some(alarm.clone()),
        Error::Rebuild(error) => error.alarm(),
        Error::Batch(_) | Error::Feed(_) | Error::Database(_) | Error::Silent(_) => None,
    }
}

/// Waits for the lock, then follows the log for as long as the connection lives.
async fn lead<F: Feed>(
    pool: &PgPool,
    feed: &F,
    model: Model,
    progress: &Progress,
) -> Result<std::convert::Infallible, Error> {
    // Not given back to the pool: what it holds must end with it.
    let mut connection = pool.acquire().await?.detach();
    while !timeout(SILENT_MAX, try_lock(&mut connection, lock_of(model))).await?? {
        tokio::time::sleep(TAKEOVER_POLL).await;
    }
    schema::create_missing(pool).await?;
    schema::enter(&mut connection, model, Place::Live).await?;
    // A crash of PostgreSQL may take the last batches back, rows and checkpoint alike; they are
    // made again from the log. So no commit here has to wait for the disk.
    connection.execute("SET synchronous_commit TO off").await?;
    let mut at = schema::checkpoint(&mut connection).await?;
    if at.definition != model.definition().version {
        at = change_definition(pool, feed, model, progress, &mut connection).await?;
    }
    let head = feed.head().await.map_err(feed_error)?;
    if head < at.position {
        let alarm = Alarm::LogTooShort { head, checkpoint: at.position };
        return Err(batch::Error::from(alarm).into());
    }
    // From here on something is said at least at each poll of the feed.
    let silent_max = format!("SET idle_session_timeout TO '{}s'", SILENT_MAX.as_secs());
    connection.execute(AssertSqlSafe(silent_max)).await?;
    info!(read_model.name = %model, "follows the log from position {}", at.position);
    follow(feed, model, progress, &mut connection, at).await
}

async fn follow<F: Feed>(
    feed: &F,
    model: Model,
    progress: &Progress,
    connection: &mut PgConnection,
    mut at: Checkpoint,
) -> Result<std::convert::Infallible, Error> {
    report(progress, model, at.position);
    loop {
        let read = timeout(SILENT_MAX / 2, feed.after(at.position, BATCH_EVENTS_MAX));
        let events = read.await?.map_err(feed_error)?;
        if events.is_empty() {
            // Also finds out that the connection, and the lock with it, is gone.
            let now = timeout(SILENT_MAX, schema::checkpoint(connection)).await??;
            if now.position == at.position {
                feed.grown(at.position).await;
            }
            at = checked(model, now)?;
            continue;
        }
        let committed = timeout(SILENT_MAX, batch::commit(connection, model, at, &events));
        at = match committed.await?? {
            Moved::On(on) => on,
            Moved::NotFrom(elsewhere) => checked(model, elsewhere)?,
        };
        report(progress, model, at.position);
    }
}

/// A rebuild by another version of the program may have swapped in other tables.
fn checked(model: Model, at: Checkpoint) -> Result<Checkpoint, Error> {
    if at.definition == model.definition().version {
        Ok(at)
    } else {
        let text = format!("the tables are of definition {}", at.definition);
        Err(sqlx::Error::Protocol(text).into())
    }
}

async fn change_definition<F: Feed>(
    pool: &PgPool,
    feed: &F,
    model: Model,
    progress: &Progress,
    connection: &mut PgConnection,
) -> Result<Checkpoint, Error> {
    info!(read_model.name = %model, "the definition of {model} has changed; rebuilding it");
    progress.update(model, |here| here.rebuilding = true);
    let rebuilt = rebuild::run(pool, feed, model, |_| {}).await;
    progress.update(model, |here| here.rebuilding = false);
    rebuilt.map_err(|error| Error::Rebuild(Box::new(error)))?;
    Ok(schema::checkpoint(connection).await?)
}

fn report(progress: &Progress, model: Model, position: Position) {
    progress.update(model, |here| {
        here.active = true;
        here.position = here.position.max(position);
        here.error = None;
    });
}

/// Takes a session-level lock, if it is free.
pub(crate) async fn try_lock(connection: &mut PgConnection, lock: i32) -> sqlx::Result<bool> {
    sqlx::query_scalar("SELECT pg_try_advisory_lock($1, $2)")
        .bind(LOCKS)
        .bind(lock)
        .fetch_one(connection)
        .await
}

fn feed_error(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Feed(Box::new(error))
}
