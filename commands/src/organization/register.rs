//! `RegisterOrganization`

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::OrganizationId,
    name::Name,
    organization::{Command, Organization},
};

/// A new tenant.
#[derive(Clone, Debug)]
pub struct RegisterOrganization {
    /// Its new id.
    pub id: OrganizationId,
    /// Shown and unique.
    pub name: Name,
}

impl Verb for RegisterOrganization {
    fn subject(&self) -> StreamId {
        StreamId::organization(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        unit.decide::<Organization>(self.id, Command::Register(self.name.clone())).await
    }
}
