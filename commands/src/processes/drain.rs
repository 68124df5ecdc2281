//! Drains nodes: from `DrainStarted` to `DrainCompleted` or `DrainFailed`.
//!
//! One step at a time, each of which is part of a run of the reconciler (`reconcile/node.rs`): fold
//! the drain from the log, look at the cluster, let go what may go, report. Nothing is remembered
//! between two steps, so any worker makes the next one, and a restart costs a moment. The worker
//! comes back soon to a node that is being drained, and the sweep finds each one again.
//!
//! **Invariants**
//! - Nothing is asked to leave before the cluster shows the node as drained, and after its drain
//!   was cancelled or has ended. A worker that sleeps in the middle of a step is late by one step.
//! - A drain ends: when nothing is left; when only that is left which it may not end; at its
//!   deadline at the latest, also where the cluster refuses or does not answer.
//! - An end names what is left.
//! - What was drained is kept empty: where somebody opened the node behind Berth's back, it is
//!   closed again, and a drain begins anew for what came meanwhile. Never by force, since nobody
//!   has agreed to that for what runs there now. One that failed is not tried again.

use crate::{
    handle::{self, Request},
    node::drain::{DrainNode, TIME_DEFAULT},
    ports::{
        Cluster,
        cluster::{Error as ClusterError, Manner, Remaining},
    },
    reconcile::{Done, Error, Reconciler},
    refusal::Refusal,
    streams::Folded,
};
use domain::{
    Timestamp,
    ids::{CommandId, CorrelationId, NodeId, PrincipalId},
    metadata::Metadata,
    node::{Drain, Node},
    node_observation::{
        Command, NodeObservation, Seen,
        drain::{Failure, News, Rest},
    },
};
use std::time::Duration;
use tracing::info;
use uuid::Uuid;

/// How soon the next step follows.
pub const STEP_PAUSE: Duration = Duration::from_secs(1);

/// The drain of a node that has not ended, if there is one.
#[must_use]
pub fn under_way<'a>(node: &'a Node, seen: &Seen) -> Option<&'a Drain> {
    node.drain.as_ref().filter(|drain| seen.drain_end(drain.version).is_none())
}

/// The drain of a node that has emptied it, if somebody has opened the node since.
#[must_use]
pub fn undone<'a>(node: &'a Node, seen: &Seen) -> Option<&'a Drain> {
    let told = seen.drain.as_ref().filter(|told| told.undone)?;
    node.drain.as_ref().filter(|drain| drain.version == told.version)
}

impl Reconciler {
    /// One step of the drain of a node that the cluster shows as drained.
    pub(crate) async fn drain(
        &self,
        cluster: &dyn Cluster,
        id: NodeId,
        observation: &mut Folded<NodeObservation>,
        target: &Folded<Node>,
    ) -> Result<Done, Error> {
        let Ok(seen) = observation.state.seen() else { return Ok(Done::Unknown) };
        let Some(drain) = under_way(&target.state, seen) else {
            return match undone(&target.state, seen) {
                Some(drain) => self.drain_anew(id, seen, drain, target).await,
                None => Ok(Done::InLine),
            };
        };
        let manner = if drain.forced { Manner::Forced } else { Manner::Gentle };
        let news = match cluster.evacuate(&seen.facts.native_id, manner).await {
            Ok(remaining) => judge(remaining, drain.deadline <= self.now()),
            Err(
                ClusterError::Refused { tried, words }
                | ClusterError::PermissionMissing { tried, words },
            ) => {
                info!("the cluster refused to {tried} while {id} was drained: {words}");
                News::Failed(Failure::Refused, None, Some(words))
            }
            Err(error) => return Err(error.into()),
        };
        self.tell(id, observation, target, news).await
    }

    /// Ends the drain of a node that cannot be drained now, if its time is over.
    pub(crate) async fn drain_in_vain(
        &self,
        id: NodeId,
        observation: &mut Folded<NodeObservation>,
        target: &Folded<Node>,
        (why, words): (Failure, String),
    ) -> Result<(), Error> {
        let Ok(seen) = observation.state.seen() else { return Ok(()) };
        let over = |drain: &&Drain| drain.deadline <= self.now();
        if under_way(&target.state, seen).filter(over).is_some() {
            self.tell(id, observation, target, News::Failed(why, None, Some(words))).await?;
        }
        Ok(())
    }

    async fn drain_anew(
        &self,
        id: NodeId,
        seen: &Seen,
        drain: &Drain,
        target: &Folded<Node>,
    ) -> Result<Done, Error> {
        let deadline = Timestamp::new(self.now().moment() + TIME_DEFAULT);
        let provider = seen.place.provider;
        let verb = DrainNode { provider, node: id, deadline, forced: false };
        // Once after each drain that was undone, however often its worker dies.
        let name = format!("drain anew after {}", drain.version);
        let request = Request {
            metadata: Metadata {
                actor: PrincipalId::WORKER,
                causation_id: target.last.map(|last| last.event),
                command_id: CommandId(Uuid::new_v5(&id.0, name.as_bytes())),
                correlation_id: target
                    .last
                    .map_or_else(|| CorrelationId(Uuid::now_v7()), |last| last.correlation),
            },
            digest: [0; 32],
            // Whoever decides meanwhile is right.
            expected: Some(target.version),
            repeatable: false,
        };
        match self.writer().handle(&verb, &request).await {
            Ok(_) => Ok(Done::Draining),
            Err(handle::Error::Refused(Refusal::VersionGone { .. })) => Err(Error::Overtaken),
            Err(handle::Error::Log(error)) => Err(error.into()),
            Err(error) => Err(Error::Report(error)),
        }
    }

    async fn tell(
        &self,
        id: NodeId,
        observation: &mut Folded<NodeObservation>,
        target: &Folded<Node>,
        news: News,
    ) -> Result<Done, Error> {
        let Some(drain) = &target.state.drain else { return Ok(Done::InLine) };
        let done = match news {
            News::Progressed(_) => Done::Draining,
            News::Completed | News::Failed(..) => Done::InLine,
        };
        let what = Command::ReportDrain { version: drain.version, news };
        self.report(id, observation, Some(target), vec![what]).await?;
        Ok(done)
    }

    fn now(&self) -> Timestamp {
        self.clock().now()
    }
}

/// What is to be said of a drain with so much left.
fn judge(remaining: Remaining, is_over: bool) -> News {
    let Remaining { leaving, held } = remaining;
    let is_held = leaving.is_empty() && !held.is_empty();
    // What holds up the drain is named first.
    let rest = Rest::new(held.into_iter().chain(leaving).collect());
    match rest.count() {
        0 => News::Completed,
        _ if is_held => News::Failed(Failure::Held, Some(rest), None),
        _ if is_over => News::Failed(Failure::Deadline, Some(rest), None),
        _ => News::Progressed(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::testing::left;

    fn judged(leaving: &[&str], held: &[&str], is_over: bool) -> (&'static str, Vec<String>) {
        let names = |rest: &Rest| rest.named().iter().map(|left| left.name.clone()).collect();
        match judge(Remaining { leaving: left(leaving), held: left(held) }, is_over) {
            News::Progressed(rest) => ("progressed", names(&rest)),
            News::Completed => ("completed", vec![]),
            News::Failed(Failure::Held, rest, _) => ("held", names(&rest.unwrap())),
            News::Failed(_, rest, _) => ("late", names(&rest.unwrap())),
        }
    }

    #[test]
    fn an_empty_node_is_drained_even_if_it_is_late() {
        assert_eq!(judged(&[], &[], false).0, "completed");
        assert_eq!(judged(&[], &[], true).0, "completed");
    }

    #[test]
    fn what_can_still_leave_is_waited_for_until_the_deadline() {
        assert_eq!(judged(&["web"], &["db"], false).0, "progressed");
        let (how, names) = judged(&["web"], &["db"], true);
        assert_eq!((how, names), ("late", vec!["db".to_owned(), "web".to_owned()]));
    }

    #[test]
    fn what_goes_only_by_force_is_not_waited_for() {
        assert_eq!(judged(&[], &["db"], false).0, "held");
    }
}
