//! `ChangeProviderDetails`, `ChangeDeploymentMode` and `ChangeProviderVisibility`, which clients
//! send as one change.

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::ProviderId,
    provider::{Command, DeploymentMode, Provider, Visibility, change_details::ChangeDetails},
};

/// Changes what is given and leaves the rest, all or nothing.
#[derive(Clone, Debug)]
pub struct ChangeProvider {
    /// Which one.
    pub id: ProviderId,
    /// Another name, other comments.
    pub details: ChangeDetails,
    /// How its clusters share its work.
    pub deployment_mode: Option<DeploymentMode>,
    /// Public or private.
    pub visibility: Option<Visibility>,
}

impl Verb for ChangeProvider {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let details = Command::ChangeDetails(self.details.clone());
        unit.decide::<Provider>(self.id, details).await?;
        if let Some(mode) = self.deployment_mode {
            unit.decide::<Provider>(self.id, Command::ChangeDeploymentMode(mode)).await?;
        }
        if let Some(visibility) = self.visibility {
            unit.decide::<Provider>(self.id, Command::ChangeVisibility(visibility)).await?;
        }
        Ok(())
    }
}
