//! The log in PostgreSQL: group commit under one lock.
//!
//! Appends from concurrent commands drain from a bounded queue into one transaction, whatever is
//! queued now, never waiting on a timer (the `sequencer`). `log.append()` judges each alone, so a
//! connection lost around COMMIT is resolved by sending the batch again: what was recorded answers
//! as a repeat, under the same lock that orders all writers.
//!
//! **Absent on purpose:** any cache of versions. What a decision was made from is compared under
//! the lock.

pub mod batch;
pub mod encode;
pub mod read;
pub mod sequencer;

use async_trait::async_trait;
use commands::ports::event_log::{self, Answered, Append, Error, Outcome};
use domain::{
    Event, StreamId, Version, ids::CommandId, recorded::Recorded, stream::Kind, tag::Tag,
};
use sequencer::{Pending, Sequencer};
use sqlx::{PgPool, postgres::PgConnectOptions};
use tokio::sync::{mpsc, oneshot};

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
}

impl EventLog {
    /// Starts the sequencer with a connection of its own; reads go through the pool.
    #[must_use]
    pub fn start(pool: PgPool, options: PgConnectOptions, limits: Limits) -> Self {
        let (queue, waiting) = mpsc::channel(limits.queue_max);
        tokio::spawn(Sequencer::new(options, limits.batch_max).run(waiting));
        Self { pool, queue }
    }
}

#[async_trait]
impl event_log::EventLog for EventLog {
    async fn load(
        &self,
        stream: StreamId,
        version: Version,
    ) -> Result<Vec<Recorded<Event>>, Error> {
        read::load(&self.pool, stream, version).await
    }

    async fn append(&self, append: Append) -> Result<Outcome, Error> {
        let (answer, answered) = oneshot::channel();
        let pending = Pending { append: encode::encode(append)?, answer };
        self.queue.try_send(pending).map_err(|_| Error::Busy)?;
        answered.await.unwrap_or(Err(Error::Unavailable {
            tried: "record the command",
            source: "the program is stopping".into(),
        }))
    }

    async fn answered(&self, command: CommandId) -> Result<Option<Answered>, Error> {
        read::answered(&self.pool, command).await
    }

    async fn streams(
        &self,
        kind: Kind,
        after: Option<StreamId>,
        limit: u16,
    ) -> Result<Vec<StreamId>, Error> {
        read::streams(&self.pool, kind, after, limit).await
    }

    async fn tagged_streams(
        &self,
        tag: &Tag,
        kind: Kind,
        after: Option<StreamId>,
        limit: u16,
    ) -> Result<Vec<StreamId>, Error> {
        read::tagged_streams(&self.pool, tag, kind, after, limit).await
    }
}
