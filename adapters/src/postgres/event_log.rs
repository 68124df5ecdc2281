//! The log in PostgreSQL: group commit under one lock.
//!
//! Appends from concurrent commands drain from a bounded queue into one transaction, whatever is
//! queued now, never waiting on a timer (the `sequencer`). `log.append()` judges each alone, so a
//! connection lost around COMMIT is resolved by sending the batch again: what was recorded answers
//! as a repeat, under the same lock that orders all writers.
//!
//! **Absent on purpose:** any cache that a decision is made from. What a decision was made from is
//! compared under the lock; `known` only spares what a dense position proves by itself.

pub mod batch;
pub mod encode;
mod expected;
mod keys;
mod known;
mod lane;
mod plain;
pub mod read;
pub mod sequencer;
mod tag_index;

use super::holders;
use async_trait::async_trait;
use commands::ports::event_log::{self, Answered, Append, Error, Outcome};
use domain::{
    Event, StreamId, Version, claim::UniqueName, ids::CommandId, recorded::Recorded, stream::Kind,
    tag::Tag,
};
use sequencer::{Pending, Sequencer};
use sqlx::{PgPool, postgres::PgConnectOptions};
use std::{collections::BTreeMap, future::Future, time::Duration};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};

/// How long a read may take; a little more than the server itself gives a statement.
const READ_TIMEOUT: Duration = Duration::from_secs(35);

/// How much the log takes at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Appends that wait; one more is answered "busy".
    pub queue_max: usize,
    /// Appends in one transaction.
    pub batch_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { queue_max: 1024, batch_max: 256 }
    }
}

/// The log in PostgreSQL. Dropping it ends the sequencer after what is queued.
pub struct EventLog {
    pool: PgPool,
    queue: mpsc::Sender<Pending>,
    /// Closed when the sequencer is gone.
    running: watch::Receiver<()>,
}

impl EventLog {
    /// Starts the sequencer with a connection of its own; reads go through the pool.
    #[must_use]
    pub fn start(pool: PgPool, options: PgConnectOptions, limits: Limits) -> Self {
        let (queue, waiting) = mpsc::channel(limits.queue_max);
        let (run, running) = watch::channel(());
        let (grow, grown) = watch::channel(());
        tokio::spawn(tag_index::run(options.clone(), grown));
        tokio::spawn(async move {
            Sequencer::new(&options, limits.batch_max, &grow).run(waiting).await;
            drop(run);
        });
        Self { pool, queue, running }
    }

    /// Resolves when the sequencer is gone, and nothing can be recorded any more: after the log was
    /// dropped, or by a panic.
    pub fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut running = self.running.clone();
        async move { while running.changed().await.is_ok() {} }
    }
}

#[async_trait]
impl event_log::EventLog for EventLog {
    async fn load(
        &self,
        stream: StreamId,
        version: Version,
    ) -> Result<Vec<Recorded<Event>>, Error> {
        bounded("load a stream", read::load(&self.pool, stream, version)).await
    }

    async fn load_each(
        &self,
        streams: &[(StreamId, Version)],
    ) -> Result<BTreeMap<StreamId, Vec<Recorded<Event>>>, Error> {
        bounded("load streams", read::load_each(&self.pool, streams)).await
    }

    async fn referrers(&self, to: StreamId, limit: u16) -> Result<Vec<StreamId>, Error> {
        bounded("list referrers", read::referrers(&self.pool, to, limit)).await
    }

    async fn append(&self, append: Append) -> Result<Outcome, Error> {
        let (answer, answered) = oneshot::channel();
        let pending = Pending { append: encode::encode(append)?, answer };
        match self.queue.try_send(pending) {
            Ok(()) => answered.await.unwrap_or_else(|_| Err(stopping())),
            Err(mpsc::error::TrySendError::Full(_)) => Err(Error::Busy),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(stopping()),
        }
    }

    async fn answered(&self, command: CommandId) -> Result<Option<Answered>, Error> {
        bounded("look a command up", read::answered(&self.pool, command)).await
    }

    async fn holders(&self, wanted: &[UniqueName]) -> Result<Vec<Option<StreamId>>, Error> {
        bounded("look names up", holders::holders(&self.pool, wanted)).await
    }

    async fn streams(
        &self,
        kind: Kind,
        after: Option<StreamId>,
        limit: u16,
    ) -> Result<Vec<StreamId>, Error> {
        bounded("list streams", read::streams(&self.pool, kind, after, limit)).await
    }

    async fn tagged_streams(
        &self,
        tag: &Tag,
        kind: Kind,
        after: Option<StreamId>,
        limit: u16,
    ) -> Result<Vec<StreamId>, Error> {
        let list = read::tagged_streams(&self.pool, tag, kind, after, limit);
        bounded("list streams by tag", list).await
    }
}

fn stopping() -> Error {
    Error::Unavailable { tried: "record the command", source: "the program is stopping".into() }
}

/// Others wait in the queue of a stream for whoever reads it, so a server that fell silent without
/// closing the connection must not hold them up.
async fn bounded<T>(
    tried: &'static str,
    read: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match timeout(READ_TIMEOUT, read).await {
        Ok(read) => read,
        Err(silent) => Err(Error::Unavailable { tried, source: silent.into() }),
    }
}
