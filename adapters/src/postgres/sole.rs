//! Being the only one of its kind among all processes of one database.
//!
//! An advisory lock on a connection of its own: when the process dies, or is cut off, PostgreSQL
//! lets go of it with the connection. Between the moment when PostgreSQL does and the moment when
//! the old holder notices there can be two, so whatever runs under this must be right with two as
//! well. What the lock buys is that they do not do the same work all the time.

use sqlx::{Connection, Executor, PgConnection, postgres::PgConnectOptions};
use std::{future::Future, time::Duration};
use tokio::time::{sleep, timeout};
use tracing::{debug, info, warn};

/// How often whoever waits asks for its turn.
const ASK_INTERVAL: Duration = Duration::from_secs(1);
/// How often the holder sees whether its connection is there.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);
/// How long PostgreSQL may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// A holder that is not heard of any more loses its connection, and its place with it, even if TCP
/// knows nothing of that: well over the intervals above.
const SESSION: &str = "SET idle_session_timeout = '20s'";

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("PostgreSQL failed while asked for the lock: {0}")]
    Postgres(#[from] sqlx::Error),
    #[error("PostgreSQL did not answer within {ANSWER_TIMEOUT:?}")]
    Silent(#[from] tokio::time::error::Elapsed),
}

/// One place for one of its kind.
#[derive(Clone, Debug)]
pub struct Sole {
    options: PgConnectOptions,
    name: String,
}

impl Sole {
    /// The place called `name` in the database of `options`.
    #[must_use]
    pub fn new(options: PgConnectOptions, name: impl Into<String>) -> Self {
        Self { options, name: name.into() }
    }

    /// Waits for its turn, does `work` while it lasts, and waits again when it was lost: then the
    /// work is dropped where it stands. Returns when the work does.
    pub async fn run<F: Future>(&self, work: impl Fn() -> F) -> F::Output {
        loop {
            let mut connection = self.turn().await;
            info!("this process is the {} now", self.name);
            tokio::select! {
                output = work() => return output,
                error = lost(&mut connection) => {
                    warn!("this process is no longer the {}: {error}", self.name);
                }
            }
        }
    }

    /// Returns with the connection that holds the lock.
    async fn turn(&self) -> PgConnection {
        let mut connection = None;
        loop {
            match self.ask(&mut connection).await {
                Ok(true) => {
                    if let Some(held) = connection.take() {
                        return held;
                    }
                }
                Ok(false) => {}
                Err(error) => {
                    debug!("could not ask to be the {}: {error}", self.name);
                    connection = None;
                }
            }
            sleep(ASK_INTERVAL).await;
        }
    }

    async fn ask(&self, connection: &mut Option<PgConnection>) -> Result<bool, Error> {
        let connection = match connection {
            Some(connection) => connection,
            None => {
                let connect = async {
                    let mut connection = PgConnection::connect_with(&self.options).await?;
                    connection.execute(SESSION).await?;
                    Ok::<_, sqlx::Error>(connection)
                };
                connection.insert(timeout(ANSWER_TIMEOUT, connect).await??)
            }
        };
        let ask = sqlx::query_scalar("SELECT pg_try_advisory_lock(hashtextextended($1, 0))")
            .bind(format!("berth:{}", self.name))
            .fetch_one(connection);
        Ok(timeout(ANSWER_TIMEOUT, ask).await??)
    }
}

/// Returns once the connection, and the lock with it, is gone.
async fn lost(connection: &mut PgConnection) -> Error {
    loop {
        sleep(CHECK_INTERVAL).await;
        match timeout(ANSWER_TIMEOUT, connection.ping()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return error.into(),
            Err(silent) => return silent.into(),
        }
    }
}
