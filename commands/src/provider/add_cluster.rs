//! `AddCluster`

use super::access::Access;
use crate::{
    handle::{Stop, Verb},
    ports::vault::Keep,
    unit::Unit,
};
use domain::{
    StreamId,
    cluster_url::ClusterUrl,
    ids::{ClusterId, ProviderId},
    name::Name,
    provider::{Cluster, Command, Provider},
};

/// Adds a cluster; without a rank it goes behind all others.
#[derive(Clone, Debug)]
pub struct AddCluster {
    /// To which provider.
    pub provider: ProviderId,
    /// The new cluster's id.
    pub id: ClusterId,
    /// Unique within the provider.
    pub name: Name,
    /// Where its API answers.
    pub url: ClusterUrl,
    /// Other managers of the same Swarm.
    pub urls: Vec<ClusterUrl>,
    /// The name that TLS asks for.
    pub server_name: Option<String>,
    /// Its place in the order of fallbacks.
    pub rank: Option<u16>,
    /// Its share of the draws.
    pub weight: u16,
    /// The authorities by which it is verified.
    pub ca: Option<String>,
    /// What it is reached with.
    pub access: Access,
}

impl Verb for AddCluster {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.provider)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    fn keeps(&self) -> Vec<Keep<'_>> {
        self.access.keeps().collect()
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let provider = unit.load::<Provider>(self.provider).await?;
        let behind = provider.present().map_err(crate::Refusal::from)?.next_rank();
        let cluster = Cluster {
            id: self.id,
            name: self.name.clone(),
            rank: self.rank.unwrap_or(behind),
            server_name: self.server_name.clone(),
            url: self.url.clone(),
            urls: self.urls.clone(),
            weight: self.weight,
            ca: self.ca.clone(),
            certificate_id: None,
            token: None,
        };
        let cluster = self.access.settle(cluster, unit).await?;
        unit.decide::<Provider>(self.provider, Command::AddCluster(cluster)).await
    }
}
