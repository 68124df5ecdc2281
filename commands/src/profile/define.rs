//! `DefineProfile`

use super::{mountable, usable};
use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::ProfileId,
    profile::{Command, Definition, Profile},
};

/// How containers of an organization are made.
#[derive(Clone, Debug)]
pub struct DefineProfile {
    /// Its new id.
    pub id: ProfileId,
    /// What it says.
    pub definition: Definition,
}

impl Verb for DefineProfile {
    fn subject(&self) -> StreamId {
        StreamId::profile(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let definition = &self.definition;
        let Definition { organization_id, provider_id, image_id, .. } = self.definition;
        usable(unit, organization_id, provider_id, image_id).await?;
        mountable(unit, provider_id, definition.secret_ids().into_iter().collect()).await?;
        unit.decide::<Profile>(self.id, Command::Define(Box::new(definition.clone()))).await
    }
}
