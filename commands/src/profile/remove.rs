//! `RemoveProfile`

use crate::{
    Refusal,
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{OrganizationId, ProfileId},
    profile::{Command, Error, Profile},
};

/// Nothing more is made from it. The log refuses it while workloads are made from it.
#[derive(Clone, Debug)]
pub struct RemoveProfile {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Which one.
    pub id: ProfileId,
}

impl Verb for RemoveProfile {
    fn subject(&self) -> StreamId {
        StreamId::profile(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let profile = unit.load::<Profile>(self.id).await?;
        match profile.of(self.organization) {
            Ok(_) | Err(Error::Removed) => unit.decide::<Profile>(self.id, Command::Remove).await,
            Err(error) => Err(Refusal::from(error).into()),
        }
    }
}
