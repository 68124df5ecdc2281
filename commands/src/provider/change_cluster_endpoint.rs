//! `ChangeClusterEndpoint`

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::ProviderId,
    provider::{Command, Provider, change_cluster_endpoint},
};

/// A cluster is reached in another way.
#[derive(Clone, Debug)]
pub struct ChangeClusterEndpoint {
    /// Of which provider.
    pub provider: ProviderId,
    /// Which cluster, and what changes.
    pub change: change_cluster_endpoint::ChangeClusterEndpoint,
}

impl Verb for ChangeClusterEndpoint {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.provider)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.change.cluster)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let change = Command::ChangeClusterEndpoint(self.change.clone());
        unit.decide::<Provider>(self.provider, change).await
    }
}
