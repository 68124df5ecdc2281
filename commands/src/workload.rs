//! What can be said about a workload. One file a verb.
//!
//! A relocation is asked for by nobody's leave: what moves a workload away has its own reasons, and
//! what it is made of was granted when it was requested.
//!
//! Whoever asks for less, by a stop, a scale down or a removal, is heard at once. Whoever asks for
//! more, by a request, a start, a scale up or an update, must still be allowed to use what it is
//! made of.

pub mod relocate;
pub mod remove;
pub mod report;
pub mod request;
pub mod scale;
pub mod start;
pub mod stop;
pub mod update;

use crate::{Refusal, handle::Stop, unit::Unit};
use domain::{
    constraint::Constraint,
    ids::{ClusterId, NodeId, OrganizationId, WorkloadId},
    node_observation::NodeObservation,
    placement::{Nodes, Offer, matching},
    provider::{Kind, Registered},
    stream,
    tag::Tag,
    workload::{Command, Requested, Workload},
};

/// How many nodes of a cluster are looked at before it counts as one that may have a match.
const NODES_LOOKED_AT_MAX: usize = 10_000;
/// How many of them are listed at once.
const PAGE: u16 = 200;
/// How many of them are read at once.
const READ_AT_ONCE: usize = 16;

/// The workload, if it is one of this organization.
async fn load(
    unit: &mut Unit<'_>,
    organization: OrganizationId,
    id: WorkloadId,
) -> Result<Requested, Stop> {
    let workload = unit.load::<Workload>(id).await?;
    Ok(workload.of(organization).map_err(Refusal::from)?.clone())
}

/// Decides about a workload, if it is one of this organization.
async fn decide(
    unit: &mut Unit<'_>,
    organization: OrganizationId,
    id: WorkloadId,
    command: Command,
) -> Result<(), Stop> {
    load(unit, organization, id).await?;
    unit.decide::<Workload>(id, command).await
}

/// Every cluster of a provider, with what is known of its nodes.
async fn offers(
    unit: &Unit<'_>,
    provider: &Registered,
    constraints: &[Constraint],
) -> Result<Vec<Offer>, Stop> {
    let mut offers = vec![];
    for cluster in provider.clusters.values() {
        offers.push(Offer {
            cluster: cluster.id,
            nodes: nodes(unit, cluster.id, provider.kind, constraints).await?,
            rank: cluster.rank,
            weight: cluster.weight,
        });
    }
    Ok(offers)
}

/// Whether a cluster has a node that matches, as far as its nodes are known.
///
/// They are read without a guard: a node that changes a moment later is no less true now.
async fn nodes(
    unit: &Unit<'_>,
    cluster: ClusterId,
    kind: Kind,
    constraints: &[Constraint],
) -> Result<Nodes, Stop> {
    let (tag, mut after, mut seen) = (Tag::cluster(cluster), None, 0);
    loop {
        let page = unit.tagged(&tag, stream::Kind::NodeObservation, after, PAGE).await?;
        // The first match ends the look, so few are read at once.
        for some in page.chunks(READ_AT_ONCE) {
            let ids: Vec<NodeId> = some.iter().map(|stream| NodeId(stream.id)).collect();
            for node in unit.glance_each::<NodeObservation>(&ids).await? {
                let NodeObservation::Seen(node) = node else { continue };
                seen += 1;
                if matching::misses(kind, constraints, (&node).into()).is_empty() {
                    return Ok(Nodes::Match);
                }
            }
        }
        after = page.last().copied();
        if page.len() < usize::from(PAGE) {
            return Ok(if seen == 0 { Nodes::Unknown } else { Nodes::NoneMatch });
        }
        if seen >= NODES_LOOKED_AT_MAX {
            return Ok(Nodes::Unknown);
        }
    }
}
