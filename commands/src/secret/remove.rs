//! `RemoveSecret`

use super::of;
use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{ProviderId, SecretId},
    secret::{Command, Secret},
};

/// The secret is gone, and its values with it; refused while a profile refers to it.
#[derive(Clone, Debug)]
pub struct RemoveSecret {
    /// The provider it was asked of.
    pub provider: ProviderId,
    /// Which secret.
    pub secret: SecretId,
}

impl Verb for RemoveSecret {
    fn subject(&self) -> StreamId {
        StreamId::secret(self.secret)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.secret)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        of(unit, self.provider, self.secret).await?;
        unit.decide::<Secret>(self.secret, Command::Remove).await
    }
}
