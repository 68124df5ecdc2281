//! `AddCluster`

use crate::{
    handle::{Stop, Verb},
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
}

impl Verb for AddCluster {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.provider)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
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
        };
        unit.decide::<Provider>(self.provider, Command::AddCluster(cluster)).await
    }
}
