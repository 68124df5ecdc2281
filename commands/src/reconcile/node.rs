//! Brings one node in line: read, fold, report, change, and read again to report what came of it.

use super::{Error, Reconciler, report::reports};
use crate::ports::cluster::{self as port, NodeChange};
use domain::{
    ids::NodeId,
    node::{Node, plan::plan},
    node_observation::{Command, NodeObservation},
};
use tracing::{info, instrument};

/// How often a node is read in one run; each time but the last may lose the race for a revision.
const READS_MAX: u32 = 6;

/// What one run found or did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// No cluster ever showed such a node.
    Unknown,
    /// Its provider is disabled, or its cluster is no longer registered.
    HandsOff,
    /// The cluster no longer lists it.
    Lost,
    /// It was, or now is, as wanted.
    InLine,
    /// The cluster refused to change it.
    Rejected,
    /// It was changed and is not as wanted: somebody else writes it too. The next run goes on.
    Unsettled,
}

impl Reconciler {
    /// Brings one node in line with the log, with at most one change.
    ///
    /// # Errors
    /// When the cluster or the log does not answer, or another worker was faster; nothing is lost
    /// by it, since the next run starts over.
    #[instrument(name = "reconcile", skip_all, fields(node.id = %id))]
    pub async fn node(&self, id: NodeId) -> Result<Done, Error> {
        let mut observation = self.fold::<NodeObservation>(id).await?;
        let NodeObservation::Seen(seen) = &observation.state else { return Ok(Done::Unknown) };
        let (place, native_id) = (seen.place, seen.facts.native_id.clone());
        let Some(endpoint) = self.working(place.provider, place.cluster).await? else {
            return Ok(Done::HandsOff);
        };
        let cluster = self.clusters().connect(&endpoint).await?;

        let mut changed = false;
        for _ in 0..READS_MAX {
            let Some(shown) = cluster.node(&native_id).await? else {
                self.report(id, &mut observation, None, vec![Command::Lose]).await?;
                return Ok(Done::Lost);
            };
            // After the read, so that no decision older than what was read is written over it.
            let target = self.fold::<Node>(id).await?;
            let Ok(seen) = observation.state.seen() else { return Ok(Done::Unknown) };
            let what = reports(&target.state, seen, &shown.facts);
            let applied = seen.applied;
            self.report(id, &mut observation, Some(&target), what).await?;

            let facts = &shown.facts;
            let plan = plan(&target.state, applied, &facts.labels, facts.availability);
            if plan.is_empty() {
                return Ok(Done::InLine);
            }
            if changed {
                return Ok(Done::Unsettled);
            }
            let change =
                NodeChange { set: plan.set, remove: plan.remove, availability: plan.availability };
            match cluster.change_node(&native_id, &shown.revision, &change).await {
                Ok(()) => changed = true,
                Err(port::Error::Overtaken { .. }) => {}
                Err(
                    port::Error::Refused { tried, words }
                    | port::Error::PermissionMissing { tried, words },
                ) => {
                    info!("the cluster refused to {tried} {id}: {words}");
                    let through = target.version;
                    let what = Command::ReportRejected { through, reason: words };
                    self.report(id, &mut observation, Some(&target), vec![what]).await?;
                    return Ok(Done::Rejected);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Done::Unsettled)
    }
}
