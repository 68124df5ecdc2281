//! `CreateSecret`

use crate::{
    Refusal,
    handle::{Stop, Verb},
    ports::vault::{self, Keep, Kind},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{ProviderId, RecordId, SecretId},
    provider::Provider,
    secret::{Command, Secret, SecretName, create::Create},
};

/// Keeps a value under a name, for the workloads of a provider.
#[derive(Clone, Debug)]
pub struct CreateSecret {
    /// Its new id.
    pub id: SecretId,
    /// The provider.
    pub provider: ProviderId,
    /// Unique on the provider.
    pub name: SecretName,
    /// The value.
    pub value: vault::Secret,
}

impl CreateSecret {
    /// A record of the vault for each secret, with a version for each of its values.
    fn record(&self) -> RecordId {
        RecordId(self.id.0)
    }
}

impl Verb for CreateSecret {
    fn subject(&self) -> StreamId {
        StreamId::secret(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    fn keeps(&self) -> Vec<Keep<'_>> {
        vec![Keep { record: self.record(), kind: Kind::SecretValue, value: &self.value }]
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        // That a provider exists only grows; that it has not ended is judged under the log's lock.
        let provider = unit.glance::<Provider>(self.provider).await?;
        provider.present().map_err(Refusal::from)?;
        let (provider, name) = (self.provider, self.name.clone());
        let create = Create { provider, name, value: unit.kept(self.record())? };
        unit.decide::<Secret>(self.id, Command::Create(create)).await
    }
}
