//! `CreateProvider`

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::ProviderId,
    provider::{Command, Provider, create::Create},
};

/// Registers a provider, disabled.
#[derive(Clone, Debug)]
pub struct CreateProvider {
    /// Its new id.
    pub id: ProviderId,
    /// What to register.
    pub create: Create,
}

impl Verb for CreateProvider {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        unit.decide::<Provider>(self.id, Command::Create(self.create.clone())).await
    }
}
