//! `RemoveCluster`

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{ClusterId, ProviderId},
    provider::{Command, Provider},
};

/// Takes a cluster from its provider; nothing on the cluster is touched.
#[derive(Clone, Debug)]
pub struct RemoveCluster {
    /// From which provider.
    pub provider: ProviderId,
    /// Which cluster.
    pub cluster: ClusterId,
}

impl Verb for RemoveCluster {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.provider)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.cluster)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        unit.decide::<Provider>(self.provider, Command::RemoveCluster(self.cluster)).await
    }
}
