//! Read your own writes: waits until a read model has seen a position.

use crate::{
    Model,
    progress::Progress,
    schema::{self, Place},
};
use domain::Position;
use sqlx::{AssertSqlSafe, PgPool};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// How often the checkpoint is read while the runner is in another process.
const POLL_ELSEWHERE: Duration = Duration::from_millis(10);

/// How often it is read while the runner of this process believes to be the active one: it may have
/// lost its connection and not know yet.
const POLL_HERE: Duration = Duration::from_millis(200);

/// Why nothing can be read at this position.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The read model had not come so far in time.
    #[error("the read model {model} has come to position {at} only")]
    Behind {
        /// Which one.
        model: Model,
        /// How far it has come.
        at: Position,
    },
    /// PostgreSQL failed.
    #[error("read the checkpoint")]
    Database(#[from] sqlx::Error),
}

/// Returns as soon as a query that starts now sees `position`, or with `Behind` after `limit`.
///
/// # Errors
/// The time is over, or PostgreSQL failed.
pub async fn wait_for(
    pool: &PgPool,
    progress: &Progress,
    model: Model,
    position: Position,
    limit: Duration,
) -> Result<(), Error> {
    let deadline = Instant::now() + limit;
    let mut here = progress.subscribe(model);
    let mut at = Position::START;
    let reached = timeout_at(deadline, async {
        loop {
            let active = {
                let here = here.borrow_and_update();
                at = at.max(here.position);
                here.active
            };
            if at >= position {
                return Ok(());
            }
            let poll = if active { POLL_HERE } else { POLL_ELSEWHERE };
            if !active {
                at = at.max(checkpoint(pool, model).await?);
            }
            if at >= position {
                return Ok(());
            }
            tokio::select! {
                _ = here.changed() => {}
                () = sleep(poll) => at = at.max(checkpoint(pool, model).await?),
            }
        }
    });
    match reached.await {
        Ok(outcome) => outcome,
        Err(_) => Err(Error::Behind { model, at }),
    }
}

/// How far a read model is, whoever runs it.
///
/// # Errors
/// PostgreSQL failed.
pub async fn checkpoint(pool: &PgPool, model: Model) -> sqlx::Result<Position> {
    let select = format!("SELECT position FROM {}.checkpoint", schema::name(model, Place::Live));
    sqlx::query_scalar(AssertSqlSafe(select)).fetch_one(pool).await.map(Position)
}
