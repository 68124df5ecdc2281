//! `RemoveCluster`

use super::users::users;
use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    cluster::{self, Cluster},
    ids::{ClusterId, ProviderId},
    provider::{Command, Provider, remove_cluster},
    stream::Kind,
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
        let users = users(unit, self.provider, &[Kind::Workload]).await?;
        let remove = remove_cluster::RemoveCluster { cluster: self.cluster, users };
        unit.decide::<Provider>(self.provider, Command::RemoveCluster(remove)).await?;
        unit.decide::<Cluster>(self.cluster, cluster::Command::Release).await
    }
}
