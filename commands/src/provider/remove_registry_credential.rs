//! `RemoveRegistryCredential`

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::ProviderId,
    image::Registry,
    provider::{Command, Provider},
};

/// Pulls images of a registry with no credential any more.
#[derive(Clone, Debug)]
pub struct RemoveRegistryCredential {
    /// For which provider.
    pub provider: ProviderId,
    /// From which registry.
    pub registry: Registry,
}

impl Verb for RemoveRegistryCredential {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.provider)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.provider)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let remove = Command::RemoveRegistryCredential(self.registry.clone());
        unit.decide::<Provider>(self.provider, remove).await
    }
}
