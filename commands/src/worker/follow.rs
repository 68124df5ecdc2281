//! Listens to the clusters of enabled providers, so that a node that changes shows soon. What a
//! cluster says is a hint and nothing more: a link that is cut may stay silent, so the sweep is
//! what can be relied on.

use crate::{
    ports::cluster::{Clusters, Error},
    sweep::{Target, Targets},
};
use domain::ids::{ClusterId, ProviderId};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, mpsc},
    task::AbortHandle,
    time::{Instant, sleep},
};
use tracing::debug;

/// The first pause after a connection ended; doubled each time.
const PAUSE_MIN: Duration = Duration::from_millis(500);
/// The longest pause between two connections.
const PAUSE_MAX: Duration = Duration::from_secs(10);
/// A connection that held this long is a good one.
const HELD: Duration = Duration::from_secs(30);
/// The least time between two signals, so that two writers who undo each other cannot keep us busy.
const GAP: Duration = Duration::from_millis(100);

/// One listener a cluster.
pub(super) struct Followers {
    clusters: Arc<dyn Clusters>,
    changed: mpsc::Sender<(ClusterId, ProviderId)>,
    running: BTreeMap<ClusterId, (Target, AbortHandle)>,
}

impl Followers {
    pub(super) fn new(
        clusters: Arc<dyn Clusters>,
        changed: mpsc::Sender<(ClusterId, ProviderId)>,
    ) -> Self {
        Self { clusters, changed, running: BTreeMap::new() }
    }

    /// Follows exactly these.
    pub(super) fn follow_all(&mut self, targets: &Targets) {
        self.running.retain(|id, (target, task)| keep(task, targets.get(id) == Some(target)));
        self.start(targets);
    }

    /// Follows exactly these of one provider, and goes on with all others.
    pub(super) fn follow_provider(&mut self, provider: ProviderId, targets: &Targets) {
        self.running.retain(|id, (target, task)| {
            keep(task, target.provider != provider || targets.get(id) == Some(target))
        });
        self.start(targets);
    }

    pub(super) fn is_followed(&self, id: &ClusterId) -> bool {
        self.running.contains_key(id)
    }

    fn start(&mut self, targets: &Targets) {
        for (id, target) in targets {
            if !self.running.contains_key(id) {
                let (clusters, changed) = (Arc::clone(&self.clusters), self.changed.clone());
                let task = tokio::spawn(follow(clusters, target.clone(), changed));
                self.running.insert(*id, (target.clone(), task.abort_handle()));
            }
        }
    }
}

impl Drop for Followers {
    fn drop(&mut self) {
        self.running.values().for_each(|(_, task)| task.abort());
    }
}

fn keep(task: &AbortHandle, is_wanted: bool) -> bool {
    if !is_wanted {
        task.abort();
    }
    is_wanted
}

/// Listens for as long as it is not aborted; ends by itself where it can never hear anything.
async fn follow(
    clusters: Arc<dyn Clusters>,
    target: Target,
    changed: mpsc::Sender<(ClusterId, ProviderId)>,
) {
    let mut pause = PAUSE_MIN;
    loop {
        let Ok(cluster) = clusters.connect(target.kind, &target.cluster) else { return };
        let (notify, began) = (Notify::new(), Instant::now());
        let ended = tokio::select! {
            ended = cluster.follow(&notify) => ended,
            () = forward(&notify, &target, &changed) => return,
        };
        match ended {
            Err(Error::Unsupported(_)) => return,
            Err(error) => debug!(cluster.id = %target.cluster.id, "listened in vain: {error}"),
            Ok(()) => {}
        }
        pause = if began.elapsed() >= HELD { PAUSE_MIN } else { PAUSE_MAX.min(pause * 2) };
        sleep(pause).await;
    }
}

/// Passes signals on; several that come while one is on its way are one.
async fn forward(notify: &Notify, target: &Target, to: &mpsc::Sender<(ClusterId, ProviderId)>) {
    loop {
        notify.notified().await;
        if to.send((target.cluster.id, target.provider)).await.is_err() {
            return;
        }
        sleep(GAP).await;
    }
}
