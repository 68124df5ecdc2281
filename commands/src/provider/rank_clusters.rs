//! `RankClusters`

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::ProviderId,
    provider::{Command, Provider, rank_clusters::RankCluster},
};

/// Clusters get other ranks and weights, all at once.
#[derive(Clone, Debug)]
pub struct RankClusters {
    /// Of which provider.
    pub provider: ProviderId,
    /// Which clusters, and what changes.
    pub wanted: Vec<RankCluster>,
}

impl Verb for RankClusters {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.provider)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.provider)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let rank = Command::RankClusters(self.wanted.clone());
        unit.decide::<Provider>(self.provider, rank).await
    }
}
