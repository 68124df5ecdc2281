//! `DisableProvider`

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::ProviderId,
    provider::{Command, Provider},
};

/// See `domain::provider::disable`.
#[derive(Clone, Debug)]
pub struct DisableProvider {
    /// Which one.
    pub id: ProviderId,
}

impl Verb for DisableProvider {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        unit.decide::<Provider>(self.id, Command::Disable).await
    }
}
