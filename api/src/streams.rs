//! Answers that do not end: readers that follow the log over a connection they keep.
//!
//! **Invariants**
//! - A reader holds one page of events in memory and no more; the log is its buffer. Who does not
//!   take the next page in time is cut off, and goes on later from the last event it got.
//! - All readers of a process watch the log through one pair of eyes.
//! - A server that stops ends every stream first, so that none of them holds it up.
//! - A log that was set back to an older state ends every stream: who has seen more is told so when
//!   it comes back, and not shown other events under positions that it knows.

use crate::state::State;
use domain::{Position, feed::Feed};
use prometheus_client::metrics::{counter::Counter, gauge::Gauge};
use std::{
    any::Any,
    io::ErrorKind,
    net::{Shutdown, TcpStream},
    os::fd::AsFd,
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::AbortHandle,
    time::sleep,
};
use tracing::{debug, error};

/// How long to wait before the end of the log is asked for again after a failure.
const FAILURE_PAUSE: Duration = Duration::from_millis(500);

/// What readers may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Streams open at once.
    pub open_max: usize,
    /// How long a reader may leave a page lying.
    pub stall_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { open_max: 256, stall_timeout: Duration::from_secs(10) }
    }
}

/// The streams of one server.
pub(crate) struct Streams {
    limits: Limits,
    numbers: Numbers,
    places: Arc<Semaphore>,
    head: watch::Sender<Position>,
    /// How often the log was set back.
    falls: watch::Sender<u64>,
    stopped: watch::Sender<bool>,
}

/// What `/metrics` shows of streams.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    pub(crate) open: Gauge,
    pub(crate) cut: Counter,
}

/// A place among the open streams; given back when it is dropped.
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    numbers: Numbers,
    pub(crate) stall_timeout: Duration,
    head: watch::Receiver<Position>,
    falls: watch::Receiver<u64>,
    stopped: watch::Receiver<bool>,
}

impl Streams {
    pub(crate) fn new(limits: Limits, numbers: Numbers) -> Self {
        Self {
            limits,
            numbers,
            places: Arc::new(Semaphore::new(limits.open_max)),
            head: watch::Sender::new(Position::START),
            falls: watch::Sender::new(0),
            stopped: watch::Sender::new(false),
        }
    }

    /// A place, if one is free.
    pub(crate) fn enter(&self) -> Option<Place> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        self.numbers.open.inc();
        Some(Place {
            _permit: permit,
            numbers: self.numbers.clone(),
            stall_timeout: self.limits.stall_timeout,
            head: self.head.subscribe(),
            falls: self.falls.subscribe(),
            stopped: self.stopped.subscribe(),
        })
    }

    /// Ends every stream.
    pub(crate) fn stop(&self) {
        self.stopped.send_replace(true);
    }

    fn see(&self, head: Position, state: &State) {
        let known = self.head.send_replace(head);
        if head < known {
            error!("the log ends at {head}, and ended at {known} before: it was set back");
            state.set_back(head);
            self.falls.send_modify(|falls| *falls += 1);
        }
    }

    /// Watches the log for all of them, until the result is dropped.
    pub(crate) fn watch(self: &Arc<Self>, state: Arc<State>) -> Watching {
        let streams = Arc::clone(self);
        let feed = state.feed.clone();
        let task = tokio::spawn(async move {
            loop {
                match feed.head().await {
                    Ok(head) => {
                        streams.see(head, &state);
                        feed.grown(head).await;
                    }
                    Err(error) => {
                        debug!(error = %error, "could not see how far the log goes");
                        sleep(FAILURE_PAUSE).await;
                    }
                }
            }
        });
        Watching(task.abort_handle())
    }
}

/// The eyes of all streams; closed when it is dropped.
pub(crate) struct Watching(AbortHandle);

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.numbers.open.dec();
    }
}

impl Place {
    /// Counts a reader that was cut off.
    pub(crate) fn cut(&self) {
        self.numbers.cut.inc();
    }

    /// Returns when the log goes further than this.
    pub(crate) async fn grown(&mut self, beyond: Position) {
        if self.head.wait_for(|head| *head > beyond).await.is_err() {
            // The server has gone, and with it all its streams.
            std::future::pending().await
        }
    }

    /// Resolves when the log was set back.
    pub(crate) fn set_back(&self) -> impl Future<Output = ()> + use<> {
        let mut falls = self.falls.clone();
        async move {
            if falls.changed().await.is_err() {
                // The server has gone, and with it all its streams.
                std::future::pending().await
            }
        }
    }

    /// Resolves when the server is to stop.
    pub(crate) fn stopped(&self) -> impl Future<Output = ()> + use<> {
        let mut stopped = self.stopped.clone();
        async move {
            // A closed channel means the same.
            drop(stopped.wait_for(|stopped| *stopped).await);
        }
    }
}

/// The connection that a request came over. A server cannot take back what it has begun to send,
/// and is not asked again while the reader does not read; so it hangs up.
#[derive(Clone)]
pub(crate) struct Line(Arc<TcpStream>);

impl Line {
    /// The line under a new connection.
    pub(crate) fn of(connection: &dyn Any) -> Option<Self> {
        let stream = connection.downcast_ref::<actix_web::rt::net::TcpStream>()?;
        let handle = stream.as_fd().try_clone_to_owned().ok()?;
        Some(Self(Arc::new(TcpStream::from(handle))))
    }

    /// Whether the reader has closed its end. A server that has nothing to send does not notice.
    pub(crate) fn has_ended(&self) -> bool {
        match self.0.peek(&mut [0]) {
            Ok(read) => read == 0,
            // It does not block, as the server has it; nothing to read is as it should be.
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        }
    }

    pub(crate) fn hang_up(&self) {
        // A line that is gone already is as good.
        drop(self.0.shutdown(Shutdown::Both));
    }
}
