//! `AssociateOrg`

use crate::{
    Refusal,
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{OrganizationId, ProviderId},
    organization::{Command, Organization},
    provider::Provider,
};

/// The organization may use the provider, even a private one.
#[derive(Clone, Debug)]
pub struct AssociateOrg {
    /// Which organization.
    pub organization: OrganizationId,
    /// Which provider.
    pub provider: ProviderId,
}

impl Verb for AssociateOrg {
    fn subject(&self) -> StreamId {
        StreamId::organization(self.organization)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.organization)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        // That a provider exists only grows; that it has not ended is judged under the log's lock.
        let provider = unit.glance::<Provider>(self.provider).await?;
        provider.present().map_err(Refusal::from)?;
        unit.decide::<Organization>(self.organization, Command::Associate(self.provider)).await
    }
}
