//! `SetRegistryCredential`

use super::login::Login;
use crate::{
    handle::{Stop, Verb},
    ports::vault::{Keep, Kind},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{ProviderId, RecordId},
    image::Registry,
    provider::{Command, Provider, set_registry_credential},
};

/// Pulls images of a registry with this credential from now on.
#[derive(Clone, Debug)]
pub struct SetRegistryCredential {
    /// For which provider.
    pub provider: ProviderId,
    /// From which registry.
    pub registry: Registry,
    /// Where the vault keeps it: a record of its own, so that the one before can be shredded.
    pub record: RecordId,
    /// With whom.
    pub login: Login,
}

impl Verb for SetRegistryCredential {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.provider)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.provider)
    }
    fn keeps(&self) -> Vec<Keep<'_>> {
        let (record, value) = (self.record, self.login.value());
        vec![Keep { record, kind: Kind::RegistryCredential, value }]
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let (registry, credential) = (self.registry.clone(), unit.kept(self.record)?);
        let set = set_registry_credential::SetRegistryCredential { registry, credential };
        unit.decide::<Provider>(self.provider, Command::SetRegistryCredential(set)).await
    }
}
