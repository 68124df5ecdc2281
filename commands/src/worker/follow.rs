//! Listens to the clusters of enabled providers, so that a node that changes shows soon. What a
//! cluster says is a hint and nothing more: a link that is cut may stay silent, so the sweep is
//! what can be relied on.

use crate::{
    ports::{cluster::Error, event_log},
    reconcile::Reconciler,
    sweep::{self, Target, Targets},
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
const GAP: Duration = Duration::from_millis(500);

/// One listener a cluster.
pub(super) struct Followers {
    reconciler: Arc<Reconciler>,
    changed: mpsc::Sender<(ClusterId, ProviderId)>,
    running: BTreeMap<ClusterId, (Target, AbortHandle)>,
}

impl Followers {
    pub(super) fn new(
        reconciler: Arc<Reconciler>,
        changed: mpsc::Sender<(ClusterId, ProviderId)>,
    ) -> Self {
        Self { reconciler, changed, running: BTreeMap::new() }
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
                let (reconciler, changed) = (Arc::clone(&self.reconciler), self.changed.clone());
                let task = tokio::spawn(follow(reconciler, target.clone(), changed));
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

/// One that has ended by itself is started anew, if it is still wanted.
fn keep(task: &AbortHandle, is_wanted: bool) -> bool {
    if !is_wanted {
        task.abort();
    }
    is_wanted && !task.is_finished()
}

/// Listens until it is aborted, or can never hear anything, or may not listen any more: the hint
/// that a provider was disabled goes to one worker only, and a disabled one is not even probed.
async fn follow(
    reconciler: Arc<Reconciler>,
    target: Target,
    changed: mpsc::Sender<(ClusterId, ProviderId)>,
) {
    let mut pause = PAUSE_MIN;
    loop {
        match is_wanted(&reconciler, &target).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(_) => {
                sleep(PAUSE_MAX).await;
                continue;
            }
        }
        let cluster = match reconciler.clusters().connect(&target.endpoint).await {
            Ok(cluster) => cluster,
            Err(Error::ApiUnsupported(_)) => return,
            Err(error) => {
                debug!(cluster.id = %target.id(), "cannot listen: {error}");
                sleep(PAUSE_MAX).await;
                continue;
            }
        };
        let (notify, began) = (Notify::new(), Instant::now());
        let ended = tokio::select! {
            ended = cluster.follow(&notify) => ended,
            () = forward(&notify, &target, &changed) => return,
        };
        match ended {
            Err(Error::ApiUnsupported(_)) => return,
            Err(error) => debug!(cluster.id = %target.id(), "listened in vain: {error}"),
            Ok(()) => {}
        }
        pause = if began.elapsed() >= HELD { PAUSE_MIN } else { PAUSE_MAX.min(pause * 2) };
        sleep(pause).await;
    }
}

async fn is_wanted(reconciler: &Reconciler, target: &Target) -> Result<bool, event_log::Error> {
    let targets = sweep::targets_of(reconciler.writer(), target.provider).await?;
    Ok(targets.get(&target.id()) == Some(target))
}

/// Passes signals on; several that come while one is on its way are one.
async fn forward(notify: &Notify, target: &Target, to: &mpsc::Sender<(ClusterId, ProviderId)>) {
    loop {
        notify.notified().await;
        if to.send((target.id(), target.provider)).await.is_err() {
            return;
        }
        sleep(GAP).await;
    }
}
