//! Walks all providers from the log, so that a lost hint costs time and never truth.
//!
//! It only names the clusters to compare. The comparison names the nodes to bring in line, and each
//! of those is a run of its own, so that a cluster that hangs delays no other.

use crate::ports::event_log::{self, EventLog};
use domain::{
    Aggregate, Event, Version,
    ids::{ClusterId, ProviderId},
    provider::{self, Provider},
    recorded::Recorded,
    stream::Kind,
};
use std::collections::BTreeMap;

/// How many streams are asked for at once.
const PAGE: u16 = 500;

/// A cluster that work may be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its provider.
    pub provider: ProviderId,
    /// Which engine it runs.
    pub kind: provider::Kind,
    /// How it is reached.
    pub cluster: provider::Cluster,
}

/// Clusters that work may be sent to, by their ids.
pub type Targets = BTreeMap<ClusterId, Target>;

/// Every cluster of every enabled provider.
///
/// # Errors
/// When the log does not answer.
pub async fn targets(log: &dyn EventLog) -> Result<Targets, event_log::Error> {
    let (mut targets, mut after) = (Targets::new(), None);
    loop {
        let page = log.streams(Kind::Provider, after, PAGE).await?;
        after = page.last().copied();
        for (stream, events) in log.load_each(&page).await? {
            targets.append(&mut working(ProviderId(stream.id), &events));
        }
        if page.len() < usize::from(PAGE) {
            return Ok(targets);
        }
    }
}

/// The clusters of one provider; none of one that is disabled.
///
/// # Errors
/// When the log does not answer.
pub async fn targets_of(log: &dyn EventLog, id: ProviderId) -> Result<Targets, event_log::Error> {
    Ok(working(id, &log.load(Provider::stream(id), Version::NONE).await?))
}

fn working(id: ProviderId, events: &[Recorded<Event>]) -> Targets {
    let own = events.iter().filter_map(|event| Provider::own(&event.payload));
    let Provider::Present(provider) = own.fold(Provider::default(), Provider::evolve) else {
        return Targets::new();
    };
    if !provider.enabled {
        return Targets::new();
    }
    let target = |cluster| Target { provider: id, kind: provider.kind, cluster };
    provider.clusters.into_iter().map(|(id, cluster)| (id, target(cluster))).collect()
}
