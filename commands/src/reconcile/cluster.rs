//! Compares the list of a cluster's nodes with the log: records new ones, names those that need a
//! closer look. What it lists is a moment old when it is compared, so nothing but a first sight is
//! recorded from it; each node named is read afresh by its own run.

use super::{Error, Folded, Reconciler, node::in_vain};
use crate::{
    handle::{self, Request},
    node::observe::ObserveNode,
    ports::cluster::{self as port, Endpoint},
    processes::drain::{under_way, undone},
    refusal::Refusal,
};
use domain::{
    StreamId, Version,
    ids::{ClusterId, CommandId, CorrelationId, NodeId, PrincipalId, ProviderId},
    metadata::Metadata,
    node::{Node, Place, plan::plan},
    node_observation::{Facts, NodeObservation, Seen},
    stream::Kind,
    tag::Tag,
};
use std::collections::{BTreeMap, BTreeSet};
use tracing::instrument;
use uuid::Uuid;

/// The most nodes followed on one cluster.
const NODES_MAX: usize = 10_000;
/// How many streams are asked for at once.
const PAGE: u16 = 500;
/// How many nodes are read from the log at once.
const NODES_AT_ONCE: usize = 500;

impl Reconciler {
    /// Compares a cluster with the log. Answers the nodes to bring in line.
    ///
    /// # Errors
    /// When the cluster or the log does not answer.
    #[instrument(name = "reconcile", skip_all, fields(cluster.id = %id))]
    pub async fn cluster(&self, provider: ProviderId, id: ClusterId) -> Result<Vec<NodeId>, Error> {
        let Some(endpoint) = self.enabled(provider, id).await? else { return Ok(vec![]) };
        let (native_id, listed) = match self.list(&endpoint).await {
            Ok(listed) => listed,
            Err(error) => {
                self.drains_in_vain(id, &error).await?;
                return Err(error.into());
            }
        };
        if let Some(rejection) = self.identify(provider, id, &native_id, None).await? {
            return Err(Error::Rejected(rejection.duplicate_of));
        }
        if listed.len() > NODES_MAX {
            return Err(Error::TooManyNodes { shown: listed.len(), most: NODES_MAX });
        }
        let place = Place { cluster: id, provider };
        let decided = self.nodes_with(id, Kind::Node).await?;
        let mut missing = self.nodes_with(id, Kind::NodeObservation).await?;
        let mut behind = vec![];
        for listed in listed.chunks(NODES_AT_ONCE) {
            let ids: Vec<NodeId> =
                listed.iter().map(|facts| NodeId::of(id, &facts.native_id)).collect();
            let observations = self.fold_each::<NodeObservation>(&ids).await?;
            let wanted: Vec<NodeId> =
                ids.iter().copied().filter(|node| decided.contains(node)).collect();
            let targets = self.fold_each::<Node>(&wanted).await?;
            let targets: BTreeMap<NodeId, Folded<Node>> = wanted.into_iter().zip(targets).collect();
            for ((facts, node), observation) in listed.iter().zip(ids).zip(observations) {
                missing.remove(&node);
                match observation.state {
                    NodeObservation::Unseen => self.discover(place, facts.clone()).await?,
                    NodeObservation::Seen(seen) => {
                        if is_behind(&seen, facts, targets.get(&node)) {
                            behind.push(node);
                        }
                    }
                }
            }
        }
        let missing: Vec<NodeId> = missing.into_iter().collect();
        for missing in missing.chunks(NODES_AT_ONCE) {
            let observations = self.fold_each::<NodeObservation>(missing).await?;
            for (node, observation) in missing.iter().zip(observations) {
                if observation.state.seen().is_ok_and(|seen| !seen.lost) {
                    behind.push(*node);
                }
            }
        }
        Ok(behind)
    }

    async fn list(&self, endpoint: &Endpoint) -> Result<(String, Vec<Facts>), port::Error> {
        let cluster = self.clusters().connect(endpoint).await?;
        Ok((cluster.identity().await?, cluster.nodes().await?))
    }

    /// Ends the drains whose time is over, since nobody looks at the nodes of such a cluster.
    async fn drains_in_vain(&self, id: ClusterId, error: &port::Error) -> Result<(), Error> {
        let decided: Vec<NodeId> = self.nodes_with(id, Kind::Node).await?.into_iter().collect();
        for decided in decided.chunks(NODES_AT_ONCE) {
            for (node, target) in decided.iter().zip(self.fold_each::<Node>(decided).await?) {
                if target.state.drain.is_none() {
                    continue;
                }
                let mut observation = self.fold::<NodeObservation>(*node).await?;
                self.drain_in_vain(*node, &mut observation, &target, in_vain(error)).await?;
            }
        }
        Ok(())
    }

    /// The nodes of a cluster that have a stream of a kind.
    async fn nodes_with(&self, id: ClusterId, kind: Kind) -> Result<BTreeSet<NodeId>, Error> {
        let (tag, mut after, mut nodes) = (Tag::cluster(id), None, BTreeSet::new());
        loop {
            let page = self.writer().log().tagged_streams(&tag, kind, after, PAGE).await?;
            after = page.last().copied();
            nodes.extend(page.iter().map(|stream| NodeId(stream.id)));
            if page.len() < usize::from(PAGE) {
                return Ok(nodes);
            }
        }
    }

    /// Records a node at first sight. Whoever is second has nothing to add.
    async fn discover(&self, place: Place, facts: Facts) -> Result<(), Error> {
        let verb = ObserveNode { place, facts };
        let stream = StreamId::node_observation(verb.node());
        let command_id = CommandId(Uuid::new_v5(&stream.id, b"discover"));
        let request = Request {
            metadata: Metadata {
                actor: PrincipalId::WORKER,
                causation_id: None,
                command_id,
                correlation_id: CorrelationId(Uuid::now_v7()),
            },
            digest: [0; 32],
            expected: Some(Version::NONE),
            repeatable: false,
        };
        match self.writer().handle(&verb, &request).await {
            Ok(_) | Err(handle::Error::Refused(Refusal::VersionGone { .. })) => Ok(()),
            Err(handle::Error::Log(error)) => Err(error.into()),
            Err(error) => Err(Error::Report(error)),
        }
    }
}

/// Whether a closer look at a node would find something to record or to change.
fn is_behind(seen: &Seen, facts: &Facts, target: Option<&Folded<Node>>) -> bool {
    if seen.lost || seen.facts != *facts {
        return true;
    }
    target.is_some_and(|target| {
        let wanted = plan(&target.state, seen.applied, &facts.labels, facts.availability);
        !wanted.is_empty()
            || seen.applied < target.version
            || seen.rejected.is_some()
            || under_way(&target.state, seen).is_some()
            || undone(&target.state, seen).is_some()
    })
}
