//! One task, one connection: takes whatever is queued now and commits it together.

use super::{batch, encode::Encoded};
use commands::ports::event_log::{Error, Outcome};
use sqlx::{Connection, Executor, PgConnection, postgres::PgConnectOptions};
use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, timeout},
};
use tracing::{info, warn};

/// The most bytes in one transaction, about.
const BATCH_BYTES_MAX: usize = 1 << 20;
/// How long a batch is sent again before its callers are told that the log is out of reach.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(3);
/// The pause between two attempts to connect.
const RECONNECT_PAUSE: Duration = Duration::from_millis(100);
/// How long one attempt to connect may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long one transaction may take before the connection is given up.
const APPEND_TIMEOUT: Duration = Duration::from_secs(10);

/// An append that waits, and who waits for it.
pub(super) struct Pending {
    pub(super) append: Encoded,
    pub(super) answer: oneshot::Sender<Result<Outcome, Error>>,
}

pub(super) struct Sequencer {
    options: PgConnectOptions,
    batch_max: usize,
    connection: Option<PgConnection>,
    /// Taken from the queue, but sharing a stream or a name with an earlier one of the batch.
    deferred: VecDeque<Pending>,
}

impl Sequencer {
    pub(super) fn new(options: PgConnectOptions, batch_max: usize) -> Self {
        Self { options, batch_max, connection: None, deferred: VecDeque::new() }
    }

    /// Runs until the queue is closed and empty.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Pending>) {
        loop {
            if self.deferred.is_empty() {
                match queue.recv().await {
                    Some(pending) => self.deferred.push_back(pending),
                    None => break,
                }
            }
            let batch = self.take(&mut queue);
            self.commit(batch).await;
        }
        if let Some(connection) = self.connection {
            // The server notices a closed socket too; this only spares it a line in its log.
            drop(connection.close().await);
        }
    }

    /// Whatever is queued now, in order, at most one a stream.
    fn take(&mut self, queue: &mut mpsc::Receiver<Pending>) -> Vec<Pending> {
        let mut batch = Vec::new();
        let mut keys = Keys::default();
        let mut bytes = 0;
        let mut later = VecDeque::new();
        while batch.len() < self.batch_max && bytes < BATCH_BYTES_MAX {
            let next = self.deferred.pop_front().or_else(|| queue.try_recv().ok());
            let Some(pending) = next else { break };
            if keys.admit(&pending.append) {
                bytes += pending.append.bytes();
                batch.push(pending);
            } else {
                later.push_back(pending);
            }
            // Each turn looks at no more than it may take, so that a hot stream cannot make the
            // search grow.
            if later.len() >= self.batch_max {
                break;
            }
        }
        later.append(&mut self.deferred);
        self.deferred = later;
        batch
    }

    /// Sends the batch until every request has its outcome, or the log is out of reach.
    async fn commit(&mut self, batch: Vec<Pending>) {
        let deadline = Instant::now() + RESOLVE_TIMEOUT;
        let mut work = VecDeque::from([batch]);
        while let Some(batch) = work.pop_front() {
            match self.send(&batch).await {
                Ok(outcomes) => answer(batch, outcomes),
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
                    self.connection = None;
                    sleep(RECONNECT_PAUSE).await;
                    work.push_front(batch);
                }
                Err(error) => {
                    self.connection = None;
                    warn!(error = %error, "the log is out of reach");
                    refuse(batch, &error);
                }
            }
        }
    }

    async fn send(&mut self, batch: &[Pending]) -> Result<Vec<Outcome>, sqlx::Error> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => timeout(CONNECT_TIMEOUT, connect(&self.options)).await.map_err(timed_out)??,
        };
        let requests: Vec<&Encoded> = batch.iter().map(|pending| &pending.append).collect();
        let judged = timeout(APPEND_TIMEOUT, batch::append(&mut connection, &requests)).await;
        let judged = judged.map_err(timed_out)?;
        if judged.as_ref().map_or_else(is_verdict, |_| true) {
            self.connection = Some(connection);
        }
        judged
    }
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let mut connection = PgConnection::connect_with(options).await?;
    connection.execute(super::super::connect::SESSION).await?;
    Ok(connection)
}

fn timed_out(_: tokio::time::error::Elapsed) -> sqlx::Error {
    sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())
}

/// Whether the server judged the statement (nothing of it was kept), as opposed to a connection
/// that was lost or a server that stops.
fn is_verdict(error: &sqlx::Error) -> bool {
    // Classes: 08 connection, 53 resources, 57 operator intervention, 58 system, 55P03 lock
    // timeout.
    let passing = ["08", "53", "57", "58", "55P03"];
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            !passing.iter().any(|class| code.starts_with(class))
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

/// What the requests of one batch may not share.
#[derive(Default)]
struct Keys {
    /// Commands, written streams, names and streams referred to: one request each.
    alone: HashSet<String>,
    /// Streams that were only read: shared by readers, closed to writers.
    read: HashSet<String>,
}

impl Keys {
    /// Whether the request can be judged independently of those admitted before; remembers it
    /// either way, so that nothing overtakes a request on the same stream.
    fn admit(&mut self, request: &Encoded) -> bool {
        let mut alone = HashSet::from([request.command.to_string()]);
        alone.extend(request.events.iter().map(|event| event.stream.clone()));
        for claim in &request.claims {
            match claim.what {
                "free" | "take" => alone.insert(format!("{}/{}", claim.other, claim.key)),
                _ => alone.insert(claim.other.clone()),
            };
        }
        let read: HashSet<String> = request
            .expected
            .iter()
            .map(|(stream, _)| stream.clone())
            .filter(|stream| !alone.contains(stream))
            .collect();
        let fits = alone.iter().all(|key| !self.alone.contains(key) && !self.read.contains(key))
            && read.iter().all(|key| !self.alone.contains(key));
        self.alone.extend(alone);
        self.read.extend(read);
        fits
    }
}
