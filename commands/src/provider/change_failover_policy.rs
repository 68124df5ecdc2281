//! `ChangeFailoverPolicy`

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::ProviderId,
    provider::{Command, Provider, change_failover_policy},
};

/// Work leaves a lost cluster, or comes back, in another way.
#[derive(Clone, Debug)]
pub struct ChangeFailoverPolicy {
    /// Of which provider.
    pub provider: ProviderId,
    /// What changes.
    pub change: change_failover_policy::ChangeFailoverPolicy,
}

impl Verb for ChangeFailoverPolicy {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.provider)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.provider)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let change = Command::ChangeFailoverPolicy(self.change.clone());
        unit.decide::<Provider>(self.provider, change).await
    }
}
