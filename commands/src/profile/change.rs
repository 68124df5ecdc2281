//! `ChangeProfile`

use super::{mountable, usable};
use crate::{
    Refusal,
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{OrganizationId, ProfileId},
    profile::{Command, Profile, change},
};

/// Changes what is given and leaves the rest, all or nothing. What runs is not touched.
#[derive(Clone, Debug)]
pub struct ChangeProfile {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Which one.
    pub id: ProfileId,
    /// What changes.
    pub change: change::ChangeProfile,
}

impl Verb for ChangeProfile {
    fn subject(&self) -> StreamId {
        StreamId::profile(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let profile = unit.load::<Profile>(self.id).await?;
        let defined = profile.of(self.organization).map_err(Refusal::from)?;
        let provider = defined.definition.provider_id;
        if let Some(image) = self.change.image.filter(|id| *id != defined.definition.image_id) {
            usable(unit, self.organization, provider, image).await?;
        }
        let mounts = self.change.secrets.iter().flatten();
        mountable(unit, provider, mounts.map(|mount| mount.secret_id).collect()).await?;
        unit.decide::<Profile>(self.id, Command::Change(Box::new(self.change.clone()))).await
    }
}
