//! `RenameOrganization`

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

/// Another name; the one before is free again.
#[derive(Clone, Debug)]
pub struct RenameOrganization {
    /// Which one.
    pub id: OrganizationId,
    /// Shown and unique.
    pub name: Name,
}

impl Verb for RenameOrganization {
    fn subject(&self) -> StreamId {
        StreamId::organization(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        unit.decide::<Organization>(self.id, Command::Rename(self.name.clone())).await
    }
}
