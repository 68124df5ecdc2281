//! `GrantRole`

use crate::{
    Refusal,
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    access::{Access, Command, grant_role},
    ids::{PrincipalId, RoleId},
    organization::{self, Organization},
    role::Role,
};

/// A principal may do more.
#[derive(Clone, Debug)]
pub struct GrantRole {
    /// Who.
    pub principal: PrincipalId,
    /// What, and where.
    pub role: Role,
}

impl GrantRole {
    fn id(&self) -> RoleId {
        RoleId::of(self.principal, self.role)
    }
}

impl Verb for GrantRole {
    fn subject(&self) -> StreamId {
        StreamId::access(self.principal)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id())
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        if let Some(organization) = self.role.organization() {
            // That it exists only grows.
            match unit.glance::<Organization>(organization).await? {
                Organization::Present { .. } => {}
                Organization::Absent => {
                    return Err(Refusal::from(organization::Error::NotFound).into());
                }
            }
        }
        let grant = grant_role::GrantRole { id: self.id(), role: self.role };
        unit.decide::<Access>(self.principal, Command::GrantRole(grant)).await
    }
}
