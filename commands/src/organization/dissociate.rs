//! `DissociateOrg`

use crate::{
    Refusal,
    handle::{Stop, Verb},
    provider::users::users,
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{OrganizationId, ProviderId},
    organization::{Command, Organization, dissociate::Dissociate},
    provider::{Provider, User, Visibility},
    stream::Kind,
};

/// The organization may no longer use the provider, if it is private.
#[derive(Clone, Debug)]
pub struct DissociateOrg {
    /// Which organization.
    pub organization: OrganizationId,
    /// Which provider.
    pub provider: ProviderId,
    /// Also while the organization uses it.
    pub force: bool,
}

impl Verb for DissociateOrg {
    fn subject(&self) -> StreamId {
        StreamId::organization(self.organization)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.organization)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        // Guarded: of two commands at once, one that makes it private sees the other.
        let provider = unit.load::<Provider>(self.provider).await?;
        let provider = provider.present().map_err(Refusal::from)?;
        // A public provider shuts nobody out.
        let is_impact = provider.visibility == Visibility::Private && !self.force;
        let users: Vec<User> = match is_impact {
            true => users(unit, self.provider, &[Kind::Profile, Kind::Workload]).await?,
            false => vec![],
        };
        let own = |user: &User| user.organization == Some(self.organization);
        let dissociate = Dissociate {
            provider: self.provider,
            force: self.force,
            users: users.into_iter().filter(own).collect(),
        };
        unit.decide::<Organization>(self.organization, Command::Dissociate(dissociate)).await
    }
}
