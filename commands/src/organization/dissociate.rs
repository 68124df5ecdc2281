//! `DissociateOrg`

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

/// The organization may no longer use the provider, if it is private.
#[derive(Clone, Debug)]
pub struct DissociateOrg {
    /// Which organization.
    pub organization: OrganizationId,
    /// Which provider.
    pub provider: ProviderId,
}

impl Verb for DissociateOrg {
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
        unit.decide::<Organization>(self.organization, Command::Dissociate(self.provider)).await
    }
}
