//! Takes whatever is queued now and commits it together.
//!
//! Two lanes take turns: while one commits, the next batch has already been sent and waits for the
//! lock. Who is judged first does not matter, since each append is judged by itself; a command that
//! follows another one is only asked when that one was answered.

use super::{encode::Encoded, keys::Admitted, known::Known, lane::Lane};
use commands::ports::event_log::{Error, Outcome};
use futures::{StreamExt, stream::FuturesUnordered};
use sqlx::postgres::PgConnectOptions;
use std::collections::VecDeque;
use tokio::sync::{mpsc, oneshot, watch};

/// The most bytes in one transaction, about.
const BATCH_BYTES_MAX: usize = 1 << 20;
/// Batches on their way at once. The log takes one at a time, so a third would only wait longer.
const LANES: usize = 2;

/// An append that waits, and who waits for it.
pub(super) struct Pending {
    pub(super) append: Encoded,
    pub(super) answer: oneshot::Sender<Result<Outcome, Error>>,
}

pub(super) struct Sequencer {
    batch_max: usize,
    idle: Vec<Lane>,
    /// Taken from the queue, but not sent yet.
    waiting: VecDeque<Pending>,
}

impl Sequencer {
    pub(super) fn new(
        options: &PgConnectOptions,
        batch_max: usize,
        grow: &watch::Sender<()>,
    ) -> Self {
        let known = Known::default();
        let lane = |_| Lane::new(options.clone(), grow.clone(), known.clone());
        Self { batch_max, idle: (0..LANES).map(lane).collect(), waiting: VecDeque::new() }
    }

    /// Runs until the queue is closed and empty.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Pending>) {
        let mut flights = FuturesUnordered::new();
        // How many appends the youngest batch on its way has.
        let mut ahead = 0;
        let mut open = true;
        while open || !flights.is_empty() || !self.waiting.is_empty() {
            // A batch behind another is worth a transaction when it is as large.
            let enough = if flights.is_empty() { 1 } else { ahead };
            if self.waiting.len() >= enough
                && let Some(lane) = self.idle.pop()
            {
                let batch = self.take();
                ahead = batch.len();
                flights.push(lane.commit(batch, flights.is_empty()));
                continue;
            }
            let room = self.waiting.len() < 2 * self.batch_max;
            tokio::select! {
                biased;
                Some(lane) = flights.next() => self.idle.push(lane),
                pending = queue.recv(), if open && room => match pending {
                    Some(pending) => self.fill(pending, &mut queue),
                    None => open = false,
                },
            }
        }
        for lane in self.idle {
            lane.close().await;
        }
    }

    /// Whatever is queued now, up to what two batches hold: more waits in the queue, which is full
    /// at its limit.
    fn fill(&mut self, first: Pending, queue: &mut mpsc::Receiver<Pending>) {
        self.waiting.push_back(first);
        while self.waiting.len() < 2 * self.batch_max
            && let Ok(next) = queue.try_recv()
        {
            self.waiting.push_back(next);
        }
    }

    /// A batch of what waits, in order, at most one a stream.
    fn take(&mut self) -> Vec<Pending> {
        let mut batch = Vec::new();
        let mut admitted = Admitted::default();
        let mut bytes = 0;
        let mut later = VecDeque::new();
        while batch.len() < self.batch_max && bytes < BATCH_BYTES_MAX {
            let Some(pending) = self.waiting.pop_front() else { break };
            if admitted.admit(&pending.append.keys) {
                bytes += pending.append.bytes();
                batch.push(pending);
            } else {
                later.push_back(pending);
            }
        }
        later.append(&mut self.waiting);
        self.waiting = later;
        batch
    }
}
