//! Brings one node in line: read, fold, report, change, and read again to report what came of it.

use super::{Error, Folded, Reconciler, report::reports};
use crate::{
    ports::cluster::{self as port, NodeChange},
    processes::drain::under_way,
};
use domain::{
    ids::NodeId,
    node::{Node, plan::plan},
    node_observation::{
        Command, NodeObservation,
        drain::{Failure, News},
    },
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
    /// It is as wanted, and something that is to leave it has not left yet.
    Draining,
}

impl Reconciler {
    /// Brings one node in line with the log, with at most one change, and goes a step on with its
    /// drain.
    ///
    /// # Errors
    /// When the cluster or the log does not answer, or another worker was faster; nothing is lost
    /// by it, since the next run starts over.
    #[instrument(name = "reconcile", skip_all, fields(node.id = %id))]
    pub async fn node(&self, id: NodeId) -> Result<Done, Error> {
        let mut observation = self.fold::<NodeObservation>(id).await?;
        match self.bring(id, &mut observation).await {
            Err(Error::Cluster(error)) => {
                let target = self.fold::<Node>(id).await?;
                let why = in_vain(&error);
                self.drain_in_vain(id, &mut observation, &target, why).await?;
                Err(error.into())
            }
            done => done,
        }
    }

    async fn bring(
        &self,
        id: NodeId,
        observation: &mut Folded<NodeObservation>,
    ) -> Result<Done, Error> {
        let NodeObservation::Seen(seen) = &observation.state else { return Ok(Done::Unknown) };
        let (place, native_id) = (seen.place, seen.facts.native_id.clone());
        let Some(endpoint) = self.working(place.provider, place.cluster).await? else {
            return Ok(Done::HandsOff);
        };
        let cluster = self.clusters().connect(&endpoint).await?;

        let mut changed = false;
        for _ in 0..READS_MAX {
            let Some(shown) = cluster.node(&native_id).await? else {
                return self.lose(id, observation).await;
            };
            // After the read, so that no decision older than what was read is written over it.
            let target = self.fold::<Node>(id).await?;
            let Ok(seen) = observation.state.seen() else { return Ok(Done::Unknown) };
            let what = reports(&target.state, seen, &shown.facts);
            let applied = seen.applied;
            self.report(id, observation, Some(&target), what).await?;

            let facts = &shown.facts;
            let plan = plan(&target.state, applied, &facts.labels, facts.availability);
            if plan.is_empty() {
                return self.drain(&*cluster, id, observation, &target).await;
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
                    return self.reject(id, observation, &target, words).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Done::Unsettled)
    }

    async fn reject(
        &self,
        id: NodeId,
        observation: &mut Folded<NodeObservation>,
        target: &Folded<Node>,
        words: String,
    ) -> Result<Done, Error> {
        let what = Command::ReportRejected { through: target.version, reason: words.clone() };
        self.report(id, observation, Some(target), vec![what]).await?;
        self.drain_in_vain(id, observation, target, (Failure::Refused, words)).await?;
        Ok(Done::Rejected)
    }

    async fn lose(
        &self,
        id: NodeId,
        observation: &mut Folded<NodeObservation>,
    ) -> Result<Done, Error> {
        let target = self.fold::<Node>(id).await?;
        let mut what = vec![Command::Lose];
        // Nobody can say what became of what ran there.
        let drain = observation.state.seen().ok().and_then(|seen| under_way(&target.state, seen));
        what.extend(drain.map(|drain| Command::ReportDrain {
            version: drain.version,
            news: News::Failed(Failure::NodeLost, None, None),
        }));
        self.report(id, observation, Some(&target), what).await?;
        Ok(Done::Lost)
    }
}

/// What a drain would say of a cluster that cannot be worked with.
pub(super) fn in_vain(error: &port::Error) -> (Failure, String) {
    let why = if error.is_of_whole_cluster() { Failure::Unanswered } else { Failure::Refused };
    (why, error.to_string())
}
