//! Walks all providers from the log, so that a lost hint costs time and never truth.
//!
//! It only names the clusters to compare. The comparison names the nodes to bring in line, and each
//! of those is a run of its own, so that a cluster that hangs delays no other.

use crate::{
    endpoint::Certificates,
    handle::Writer,
    ports::{cluster::Endpoint, event_log},
};
use domain::{
    cluster::OPEN_TESTS,
    ids::{ClusterId, ProviderId},
    provider::{Provider, Registered},
    stream::Kind,
};
use std::collections::BTreeMap;

/// How many streams are asked for at once.
const PAGE: u16 = 500;

/// A cluster that work may be sent to.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Its provider.
    pub provider: ProviderId,
    /// How it is reached, with the credentials of now.
    pub endpoint: Endpoint,
}

impl Target {
    pub(crate) fn id(&self) -> ClusterId {
        self.endpoint.cluster.id
    }
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
        let folded = writer.streams().fold_each::<Provider>(&ids).await?;
        let all = ids.iter().zip(&folded);
        let working = all.filter_map(|(id, folded)| Some((*id, working(&folded.state)?)));
        targets.append(&mut reached(writer, working.collect()).await?);
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
    let folded = writer.streams().fold::<Provider>(id).await?;
    reached(writer, working(&folded.state).map(|provider| (id, provider)).into_iter().collect())
        .await
}

/// Clusters, registered or not, of which somebody awaits a test; what is more is left to the next
/// sweep.
///
/// # Errors
/// When the log does not answer.
pub async fn open_tests(writer: &Writer) -> Result<Vec<ClusterId>, event_log::Error> {
    let open = writer.log().referrers(OPEN_TESTS, PAGE).await?;
    Ok(open.into_iter().map(|stream| ClusterId(stream.id)).collect())
}

/// The provider, if work may be sent to its clusters.
fn working(provider: &Provider) -> Option<&Registered> {
    provider.present().ok().filter(|provider| provider.enabled)
}

/// The clusters of providers, with their certificates.
async fn reached(
    writer: &Writer,
    providers: Vec<(ProviderId, &Registered)>,
) -> Result<Targets, event_log::Error> {
    let all = providers.iter().flat_map(|(_, provider)| provider.clusters.values());
    let certificates = Certificates::of(writer, all).await?;
    let targets = providers.iter().flat_map(|(provider, registered)| {
        let certificates = &certificates;
        registered.clusters.iter().map(move |(id, cluster)| {
            let endpoint = certificates.endpoint(registered.kind, cluster.clone());
            (*id, Target { provider: *provider, endpoint })
        })
    });
    Ok(targets.collect())
}
