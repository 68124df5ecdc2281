//! `RotateSecret`

use super::of;
use crate::{
    Refusal,
    handle::{Stop, Verb},
    ports::vault::{self, Keep, Kind},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{ProviderId, RecordId, SecretId},
    secret::{Command, Secret},
};

/// Another value under the same name.
#[derive(Clone, Debug)]
pub struct RotateSecret {
    /// The provider it was asked of.
    pub provider: ProviderId,
    /// Which secret.
    pub secret: SecretId,
    /// The new value.
    pub value: vault::Secret,
}

impl Verb for RotateSecret {
    fn subject(&self) -> StreamId {
        StreamId::secret(self.secret)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.secret)
    }
    fn keeps(&self) -> Vec<Keep<'_>> {
        let record = RecordId(self.secret.0);
        vec![Keep { record, kind: Kind::SecretValue, value: &self.value }]
    }
    /// A record that was shredded, or is not one of a secret, takes no value.
    async fn admit(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let secret = of(unit, self.provider, self.secret).await?;
        secret.present().map_err(Refusal::from)?;
        Ok(())
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        self.admit(unit).await?;
        let value = unit.kept(RecordId(self.secret.0))?;
        unit.decide::<Secret>(self.secret, Command::Rotate(value)).await
    }
}
