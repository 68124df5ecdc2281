//! What runs beside the HTTP server, until it is told to stop.

use std::{future::Future, time::Duration};
use tokio::{sync::watch, task::JoinSet, time::timeout};
use tracing::{error, warn};

/// How long everything may take to stop.
pub(super) const STOP_TIMEOUT: Duration = Duration::from_secs(15);

/// The background tasks of a process.
pub(super) struct Tasks {
    tasks: JoinSet<Ended>,
    stop: watch::Sender<bool>,
}

/// A task that came to its end.
struct Ended {
    name: &'static str,
    /// Whether the process is of no use without it.
    is_vital: bool,
}

impl Tasks {
    pub(super) fn new() -> Self {
        Self { tasks: JoinSet::new(), stop: watch::Sender::new(false) }
    }

    /// Resolves when the process is to stop.
    pub(super) fn stopping(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stop = self.stop.subscribe();
        async move {
            // A closed channel means the same.
            drop(stop.wait_for(|stop| *stop).await);
        }
    }

    /// Runs a task that may be dropped at any point when the process stops.
    pub(super) fn spawn<T: Send>(
        &mut self,
        name: &'static str,
        task: impl Future<Output = T> + Send + 'static,
    ) {
        let stop = self.stopping();
        self.tasks.spawn(async move {
            tokio::select! { _ = task => {}, () = stop => {} }
            Ended { name, is_vital: false }
        });
    }

    /// Watches over something that must not end before the process does.
    pub(super) fn spawn_vital(
        &mut self,
        name: &'static str,
        end: impl Future<Output = ()> + Send + 'static,
    ) {
        let stop = self.stopping();
        self.tasks.spawn(async move {
            tokio::select! { () = end => {}, () = stop => {} }
            Ended { name, is_vital: true }
        });
    }

    /// Runs a task that heeds `stopping` by itself.
    pub(super) fn spawn_heeding(
        &mut self,
        name: &'static str,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        self.tasks.spawn(async move {
            task.await;
            Ended { name, is_vital: false }
        });
    }

    /// Returns when a task ended that should not have: by a panic, or one that is vital.
    pub(super) async fn failed(&mut self) {
        while let Some(ended) = self.tasks.join_next().await {
            match ended {
                Ok(Ended { name, is_vital: false }) => warn!("{name} has ended"),
                Ok(Ended { name, is_vital: true }) => {
                    error!("{name} has ended");
                    return;
                }
                Err(error) => {
                    error!("a part of Berth failed: {error}");
                    return;
                }
            }
        }
        std::future::pending().await
    }

    /// Stops everything, in bounded time.
    pub(super) async fn stop(mut self) {
        self.stop.send_replace(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(STOP_TIMEOUT, all).await.is_err() {
            warn!("not everything stopped in {STOP_TIMEOUT:?}; leaving it");
        }
    }
}
