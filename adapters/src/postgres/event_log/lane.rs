//! One connection that commits one batch at a time, and does not give up lightly.

use super::{
    batch,
    encode::Encoded,
    known::{Database, Known},
    sequencer::Pending,
};
use crate::postgres::connect::{SESSION, connect_once, is_passing};
use commands::ports::event_log::{Error, Outcome};
use sqlx::{Connection, Executor, PgConnection, postgres::PgConnectOptions};
use std::{collections::VecDeque, time::Duration};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tracing::{info, warn};

/// How long a batch is sent again before its callers are told that the log is out of reach.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(3);
/// The pause between two attempts to connect.
const RECONNECT_PAUSE: Duration = Duration::from_millis(100);
/// How long one attempt to connect may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long one transaction may take before the connection is given up.
const APPEND_TIMEOUT: Duration = Duration::from_secs(10);

/// One connection of the sequencer.
pub(super) struct Lane {
    options: PgConnectOptions,
    connected: Option<Connected>,
    known: Known,
    /// Tells that the log has grown.
    grow: watch::Sender<()>,
}

/// A connection, and what it leads to.
pub(super) struct Connected {
    pub(super) connection: PgConnection,
    pub(super) database: Database,
}

impl Lane {
    pub(super) fn new(options: PgConnectOptions, grow: watch::Sender<()>, known: Known) -> Self {
        Self { options, connected: None, known, grow }
    }

    pub(super) async fn close(self) {
        if let Some(connected) = self.connected {
            // The server notices a closed socket too; this only spares it a line in its log.
            drop(connected.connection.close().await);
        }
    }

    /// Sends the batch until every request has its outcome, or the log is out of reach. Alone is a
    /// batch while no other lane has one.
    pub(super) async fn commit(mut self, batch: Vec<Pending>, is_alone: bool) -> Self {
        let deadline = Instant::now() + RESOLVE_TIMEOUT;
        let mut work = VecDeque::from([batch]);
        while let Some(batch) = work.pop_front() {
            match self.send(&batch, is_alone).await {
                Ok(outcomes) => {
                    self.grow.send_replace(());
                    answer(batch, outcomes);
                }
                Err(error) if is_verdict(&error) && batch.len() > 1 => {
                    // One of them is poison: find it, and spare the others.
                    let mut left = batch;
                    let right = left.split_off(left.len() / 2);
                    work.push_front(right);
                    work.push_front(left);
                }
                Err(error) if is_verdict(&error) => {
                    warn!(error = %error, "PostgreSQL refused an append");
                    refuse(batch, &error);
                }
                Err(error) if Instant::now() < deadline => {
                    // Perhaps recorded, perhaps not: sent again, it is looked up under the lock.
                    info!(error = %error, "lost the connection of the log; connecting again");
                    self.connected = None;
                    sleep(RECONNECT_PAUSE).await;
                    work.push_front(batch);
                }
                Err(error) => {
                    self.connected = None;
                    warn!(error = %error, "the log is out of reach");
                    refuse(batch, &error);
                }
            }
        }
        self
    }

    async fn send(
        &mut self,
        batch: &[Pending],
        is_alone: bool,
    ) -> Result<Vec<Outcome>, sqlx::Error> {
        let mut connected = match self.connected.take() {
            Some(connected) => connected,
            None => timeout(CONNECT_TIMEOUT, find(&self.options)).await.map_err(timed_out)??,
        };
        let requests: Vec<&Encoded> = batch.iter().map(|pending| &pending.append).collect();
        let append = batch::append(&mut connected, &requests, &self.known, is_alone);
        let judged = timeout(APPEND_TIMEOUT, append).await.map_err(timed_out)?;
        if judged.as_ref().map_or_else(is_verdict, |_| true) {
            self.connected = Some(connected);
        }
        judged
    }
}

async fn find(options: &PgConnectOptions) -> Result<Connected, sqlx::Error> {
    let mut connection = connect(options).await?;
    let database = Database::of(&mut connection).await?;
    Ok(Connected { connection, database })
}

/// What a plan made while the tables were young must not do for ever.
const PLANS: &str =
    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off";

pub(super) async fn connect(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let mut connection = connect_once(options).await?;
    connection.execute(SESSION).await?;
    connection.execute(PLANS).await?;
    Ok(connection)
}

fn timed_out(_: tokio::time::error::Elapsed) -> sqlx::Error {
    sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())
}

/// Whether the server judged the statement (nothing of it was kept), as opposed to a connection
/// that was lost or a server that stops.
fn is_verdict(error: &sqlx::Error) -> bool {
    match error {
        // 55P03: it waited too long for the lock.
        sqlx::Error::Database(server) => {
            !is_passing(error) && server.code().is_none_or(|code| code != "55P03")
        }
        sqlx::Error::Encode(_) | sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => true,
        _ => false,
    }
}

fn answer(batch: Vec<Pending>, outcomes: Vec<Outcome>) {
    for (pending, outcome) in batch.into_iter().zip(outcomes) {
        // A caller that went away has its answer in the log.
        drop(pending.answer.send(Ok(outcome)));
    }
}

fn refuse(batch: Vec<Pending>, error: &sqlx::Error) {
    for pending in batch {
        let error =
            Error::Unavailable { tried: "record the command", source: error.to_string().into() };
        drop(pending.answer.send(Err(error)));
    }
}
