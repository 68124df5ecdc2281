//! Walks all providers from the log, so that a lost hint costs time and never truth.
//!
//! It only names the clusters to compare. The comparison names the nodes to bring in line, and each
//! of those is a run of its own, so that a cluster that hangs delays no other.

use crate::{handle::Writer, ports::event_log};
use domain::{
    ids::{ClusterId, ProviderId},
    provider::{self, Provider},
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
pub async fn targets(writer: &Writer) -> Result<Targets, event_log::Error> {
    let (mut targets, mut after) = (Targets::new(), None);
    loop {
        let page = writer.log().streams(Kind::Provider, after, PAGE).await?;
        after = page.last().copied();
        let ids: Vec<ProviderId> = page.iter().map(|stream| ProviderId(stream.id)).collect();
        for (id, folded) in ids.iter().zip(writer.streams().fold_each::<Provider>(&ids).await?) {
            targets.append(&mut working(*id, &folded.state));
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
pub async fn targets_of(writer: &Writer, id: ProviderId) -> Result<Targets, event_log::Error> {
    Ok(working(id, &writer.streams().fold::<Provider>(id).await?.state))
}

fn working(id: ProviderId, provider: &Provider) -> Targets {
    let Provider::Present(provider) = provider else { return Targets::new() };
    if !provider.enabled {
        return Targets::new();
    }
    let target = |cluster: &provider::Cluster| Target {
        provider: id,
        kind: provider.kind,
        cluster: cluster.clone(),
    };
    provider.clusters.iter().map(|(id, cluster)| (*id, target(cluster))).collect()
}
