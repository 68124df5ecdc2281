//! What a worker compares on its own, one thing after the other.

use crate::world::World;
use commands::{reconcile::Error, sweep};

/// How often something is looked at again because somebody else was faster.
const RUNS_MAX: usize = 5;

impl World {
    /// Compares everything once, as a worker does in its own order. What does not answer is left
    /// for the next time.
    pub(crate) async fn sweep(&self) {
        let reconciler = self.reconciler();
        for (id, target) in sweep::targets(&self.writer).await.unwrap() {
            for node in reconciler.cluster(target.provider, id).await.unwrap_or_default() {
                until_nobody_is_faster(async || reconciler.node(node).await).await;
            }
            for secret in reconciler.secrets(target.provider, id).await.unwrap_or_default() {
                until_nobody_is_faster(async || reconciler.secret(secret, id).await).await;
            }
            for workload in reconciler.workloads(target.provider, id).await.unwrap_or_default() {
                until_nobody_is_faster(async || reconciler.workload(workload, id).await).await;
            }
        }
    }
}

async fn until_nobody_is_faster<T>(look: impl AsyncFn() -> Result<T, Error>) {
    for _ in 0..RUNS_MAX {
        if !matches!(look().await, Err(Error::Overtaken)) {
            return;
        }
    }
}
