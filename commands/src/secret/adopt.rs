//! `AdoptSecret`

use crate::{
    Refusal,
    handle::{Stop, Verb},
    ports::vault::{self, Keep, Kind},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{ClusterId, ProviderId, RecordId, SecretId},
    provider::Provider,
    secret::{Command, Secret, SecretName, adopt::Adopt},
    secret_observation::Object,
};

/// What somebody made on a cluster becomes a secret of the provider, with the value brought along.
#[derive(Clone, Debug)]
pub struct AdoptSecret {
    /// Its new id.
    pub id: SecretId,
    /// The provider.
    pub provider: ProviderId,
    /// The cluster.
    pub cluster: ClusterId,
    /// What is there.
    pub object: Object,
    /// Unique on the provider.
    pub name: SecretName,
    /// The value.
    pub value: vault::Secret,
}

impl AdoptSecret {
    /// A record of the vault for each secret, with a version for each of its values.
    fn record(&self) -> RecordId {
        RecordId(self.id.0)
    }
}

impl Verb for AdoptSecret {
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
        let provider = unit.load::<Provider>(self.provider).await?;
        let provider = provider.present().map_err(Refusal::from)?;
        provider.working(self.cluster).map_err(Refusal::from)?;
        let adopt = Adopt {
            provider: self.provider,
            cluster: self.cluster,
            object: self.object.clone(),
            name: self.name.clone(),
            value: unit.kept(self.record())?,
        };
        unit.decide::<Secret>(self.id, Command::Adopt(adopt)).await
    }
}
