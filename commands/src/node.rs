//! What can be said about a node, and what the worker reports of it. One file a verb.

pub mod cancel_drain;
pub mod drain;
pub mod impact;
pub mod label;
pub mod lose;
pub mod observe;
pub mod remove_label;
pub mod report_change;
pub mod set_availability;

use crate::{Refusal, handle::Stop, unit::Unit};
use domain::{
    Timestamp,
    ids::{NodeId, ProviderId},
    node::{self, Node, Place, drain::Start},
    node_observation::{NodeObservation, Seen},
    provider::Provider,
};

/// Where a node stands, if it belongs to the provider and the provider takes commands for it.
///
/// The provider is guarded: when it is disabled at the same moment, one of the two commands sees
/// the other. That a node was discovered only grows, so its observations are not.
async fn place(
    unit: &mut Unit<'_>,
    provider_id: ProviderId,
    node_id: NodeId,
) -> Result<Place, Stop> {
    Ok(seen(unit, provider_id, node_id).await?.place)
}

/// The same, with all that was seen of it.
async fn seen(unit: &mut Unit<'_>, provider_id: ProviderId, node_id: NodeId) -> Result<Seen, Stop> {
    let provider = unit.load::<Provider>(provider_id).await?;
    let provider = provider.present().map_err(Refusal::from)?;
    let NodeObservation::Seen(seen) = unit.glance::<NodeObservation>(node_id).await? else {
        return Err(Refusal::from(node::Error::NotFound).into());
    };
    if seen.place.provider != provider_id || !provider.clusters.contains_key(&seen.place.cluster) {
        return Err(Refusal::from(node::Error::NotFound).into());
    }
    provider.working(seen.place.cluster).map_err(Refusal::from)?;
    Ok(seen)
}

/// A drain of a node by a deadline, with what the decision depends on. How the last drain ended
/// only grows; how the node is now, no decision can hold fast.
async fn start(
    unit: &mut Unit<'_>,
    node: NodeId,
    seen: &Seen,
    (deadline, forced): (Timestamp, bool),
) -> Result<Start, Stop> {
    let last = unit.load::<Node>(node).await?.drain;
    let ended = last.and_then(|drain| Some((drain.version, seen.drain_end(drain.version)?)));
    let (shown, applied) = (seen.facts.availability, seen.applied);
    Ok(Start { deadline, forced, shown, applied, ended })
}
