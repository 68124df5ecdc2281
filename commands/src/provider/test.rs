//! `TestProvider`: whether each of its clusters can be worked with, also while it is disabled.

use crate::{
    handle::{Stop, Verb},
    refusal::Refusal,
    unit::Unit,
};
use domain::{
    StreamId,
    cluster::{Cluster, Command, request_test::Subject},
    ids::{ClusterId, ProviderId},
    provider::{Error, Provider},
};

/// Asks for a test of each cluster of a provider.
#[derive(Clone, Copy, Debug)]
pub struct TestProvider {
    /// Which one.
    pub id: ProviderId,
}

impl Verb for TestProvider {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let provider = unit.load::<Provider>(self.id).await?;
        let clusters: Vec<ClusterId> =
            provider.present().map_err(Refusal::from)?.clusters.keys().copied().collect();
        if clusters.is_empty() {
            return Err(Refusal::from(Error::NoCluster).into());
        }
        for cluster in clusters {
            let test = Command::RequestTest(Subject::Registered(self.id));
            unit.decide::<Cluster>(cluster, test).await?;
        }
        Ok(())
    }
}
