//! Indexes the tags of what was appended, a little behind it.
//!
//! More rows an event would be half the work under the lock; behind it, events share them. Readers
//! lose nothing: the view `log.tagged` goes on with the events themselves where the index ends. Any
//! process may do it; one at a time does.

use super::lane::connect;
use crate::postgres::connect::is_passing;
use sqlx::{PgConnection, postgres::PgConnectOptions};
use std::time::Duration;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tracing::{debug, warn};

/// Events in one round: the more, the more of them share a row.
const BATCH: i32 = 10_000;
/// The pause between two looks: the longer, the more events share one statement.
const PAUSE: Duration = Duration::from_millis(50);
/// How long events of a process that died may wait for another.
const POLL: Duration = Duration::from_secs(1);
/// The pause after PostgreSQL did not answer.
const RECONNECT_PAUSE: Duration = Duration::from_secs(1);

/// Follows the log until its sequencer is gone.
pub(super) async fn run(options: PgConnectOptions, mut grown: watch::Receiver<()>) {
    loop {
        if let Err(error) = follow(&options, &mut grown).await {
            if is_passing(&error) {
                debug!(error = %error, "the index of tags waits for PostgreSQL");
            } else {
                warn!(error = %error, "tags are not indexed: histories take longer and longer");
            }
            sleep(RECONNECT_PAUSE).await;
        }
        if grown.has_changed().is_err() {
            return;
        }
    }
}

async fn follow(
    options: &PgConnectOptions,
    grown: &mut watch::Receiver<()>,
) -> Result<(), sqlx::Error> {
    let mut connection = connect(options).await?;
    loop {
        while index(&mut connection).await? == BATCH {}
        match timeout(POLL, grown.changed()).await {
            Ok(Err(_)) => return Ok(()),
            Ok(Ok(())) => sleep(PAUSE).await,
            Err(_) => {}
        }
    }
}

async fn index(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar("SELECT log.index_tags($1)").bind(BATCH).fetch_one(connection).await
}
