//! `ChangeClusterEndpoint` and `RankClusters` of one cluster, which clients send as one change.

use super::access::{Token, UsedCertificate};
use crate::{
    handle::{Stop, Verb},
    ports::vault::Keep,
    unit::Unit,
};
use domain::{
    StreamId,
    ids::ProviderId,
    provider::{Command, Provider, change_cluster_endpoint, rank_clusters::RankCluster},
};

/// A cluster is reached in another way, or has another place among the others; all or nothing.
#[derive(Clone, Debug)]
pub struct ChangeClusterEndpoint {
    /// Of which provider.
    pub provider: ProviderId,
    /// Which cluster, and what changes.
    pub change: change_cluster_endpoint::ChangeClusterEndpoint,
    /// Another certificate; `Some(None)` takes it away.
    pub certificate: Option<Option<UsedCertificate>>,
    /// Another token; `Some(None)` takes it away.
    pub token: Option<Option<Token>>,
    /// Another place in the order of fallbacks.
    pub rank: Option<u16>,
    /// Another share of the draws.
    pub weight: Option<u16>,
}

impl Verb for ChangeClusterEndpoint {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.provider)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.change.cluster)
    }
    fn keeps(&self) -> Vec<Keep<'_>> {
        let certificate = self.certificate.iter().flatten().filter_map(UsedCertificate::keeps);
        certificate.chain(self.token.iter().flatten().map(Token::keep)).collect()
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let mut change = self.change.clone();
        change.certificate = match &self.certificate {
            Some(Some(certificate)) => Some(Some(certificate.settle(unit).await?)),
            Some(None) => Some(None),
            None => None,
        };
        change.token = match &self.token {
            Some(Some(token)) => Some(Some(token.settle(unit)?)),
            Some(None) => Some(None),
            None => None,
        };
        let change = Command::ChangeClusterEndpoint(change);
        unit.decide::<Provider>(self.provider, change).await?;
        let (cluster, rank, weight) = (self.change.cluster, self.rank, self.weight);
        let rank = Command::RankClusters(vec![RankCluster { cluster, rank, weight }]);
        unit.decide::<Provider>(self.provider, rank).await
    }
}
