//! `RemoveProvider`

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::ProviderId,
    provider::{Command, Provider},
};

/// The provider is gone for ever. The log refuses it while anything refers to the provider.
#[derive(Clone, Debug)]
pub struct RemoveProvider {
    /// Which one.
    pub id: ProviderId,
}

impl Verb for RemoveProvider {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        unit.decide::<Provider>(self.id, Command::Remove).await
    }
}
