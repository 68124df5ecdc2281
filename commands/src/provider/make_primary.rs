//! `MakePrimary`

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{ClusterId, ProviderId},
    provider::{Command, Provider},
};

/// A cluster takes the first rank.
#[derive(Clone, Debug)]
pub struct MakePrimary {
    /// Of which provider.
    pub provider: ProviderId,
    /// Which cluster.
    pub cluster: ClusterId,
}

impl Verb for MakePrimary {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.provider)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.provider)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        unit.decide::<Provider>(self.provider, Command::MakePrimary(self.cluster)).await
    }
}
