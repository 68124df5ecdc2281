//! Connections of the service: always in the role that may read the log and call `append`, never
//! in the one that owns it.

use sqlx::{
    Executor, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::time::Duration;

/// The service's settings: a statement that hangs must not stop the world.
pub(crate) const SESSION: &str = "SET ROLE berth_service; SET synchronous_commit = on; \
    SET lock_timeout = '5s'; SET statement_timeout = '30s'; \
    SET idle_in_transaction_session_timeout = '10s'; SET tcp_user_timeout = '5s'";

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
        .connect_lazy_with(options)
}
