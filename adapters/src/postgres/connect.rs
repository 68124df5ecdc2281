//! Connections of the service: always in the role that may read the log and call `append`, never
//! in the one that owns it.

use sqlx::{
    Connection, Executor, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{io::ErrorKind, time::Duration};
use tokio::time::timeout;

/// How long one attempt to connect may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long PostgreSQL may take to say that a connection lives. A network that fell silent says
/// nothing for a quarter of an hour, and a place in the pool is not held for that long.
const PING_TIMEOUT: Duration = Duration::from_secs(5);

/// The service's settings: a statement that hangs must not stop the world, and a client whose
/// machine is gone must not keep its locks for the two hours that TCP would wait.
pub(crate) const SESSION: &str = "SET ROLE berth_service; SET synchronous_commit = on; \
    SET lock_timeout = '5s'; SET statement_timeout = '30s'; \
    SET idle_in_transaction_session_timeout = '10s'; SET tcp_user_timeout = '5s'; \
    SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";

/// Why the service cannot work with a database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection.
    #[error("could not connect to PostgreSQL")]
    Connect(#[source] sqlx::Error),
    /// A connection, but no rights.
    #[error(
        "`{role}` may not act as `berth_service` in this database; run `berth migrate` with \
         postgres.url and postgres.owner_url"
    )]
    Role {
        /// The role of the service's own connection.
        role: String,
        /// What PostgreSQL said.
        source: sqlx::Error,
    },
}

impl Error {
    /// Whether waiting may help: PostgreSQL may only be starting.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Connect(error) | Self::Role { source: error, .. } => is_passing(error),
        }
    }
}

/// Whether an error may be gone in a moment: neither a wrong password, nor a database or a right
/// that does not exist.
pub(super) fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            // Classes: 08 connection, 53 resources, 57 operator intervention, 58 system.
            let code = error.code().unwrap_or_default();
            ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class))
        }
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
        _ => false,
    }
}

/// Connects in bounded time.
pub(super) async fn connect_once(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    timeout(CONNECT_TIMEOUT, PgConnection::connect_with(options))
        .await
        .map_err(|_| sqlx::Error::Io(ErrorKind::TimedOut.into()))?
}

/// Finds out whether the service can work with a database; a pool would only say that it got no
/// connection in time.
///
/// # Errors
/// See `Error`.
pub async fn try_out(options: &PgConnectOptions) -> Result<(), Error> {
    let mut connection = connect_once(options).await.map_err(Error::Connect)?;
    let role = options.get_username().to_owned();
    connection.execute(SESSION).await.map_err(|source| Error::Role { role, source })?;
    connection.close().await.map_err(Error::Connect)
}

/// A pool whose connections act as `berth_service`. Connects when first used, so that the service
/// starts while PostgreSQL is down and recovers by itself.
#[must_use]
pub fn connect(
    options: PgConnectOptions,
    connections_max: u32,
    acquire_timeout: Duration,
) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(acquire_timeout)
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(SESSION).await.map(drop) })
        })
        // It asks each time, and waits for the answer as long as TCP does.
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(async { ping(connection).await.map(|()| true) }))
        // What was dropped in the middle of an answer is read to its end here, or closed.
        .after_release(|connection, _| Box::pin(async { ping(connection).await.map(|()| true) }))
        .connect_lazy_with(options)
}

/// Whether a connection lives, in bounded time.
async fn ping(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    timeout(PING_TIMEOUT, connection.ping())
        .await
        .map_err(|_| sqlx::Error::Io(ErrorKind::TimedOut.into()))?
}
