//! A worker that runs, as if in another process, until it is told to stop.

use commands::worker::Worker;
use domain::StreamId;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

/// Hints that wait.
const HINTS_MAX: usize = 64;

pub(crate) struct AtWork {
    hints: mpsc::Sender<StreamId>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl AtWork {
    pub(crate) fn start(worker: Worker) -> Self {
        let (hints, receive) = mpsc::channel(HINTS_MAX);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(worker.run(receive, async { drop(stopped.await) }));
        Self { hints, stop, task }
    }

    pub(crate) async fn hint(&self, stream: StreamId) {
        self.hints.send(stream).await.unwrap();
    }

    /// Ends it where it stands, as a lost process does.
    pub(crate) fn kill(self) {
        self.task.abort();
    }

    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }
}
