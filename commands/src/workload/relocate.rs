//! `RelocateWorkload`

use super::{load, offers};
use crate::{
    Refusal,
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{ClusterId, OrganizationId, WorkloadId},
    profile,
    provider::Provider,
    workload::{Command, relocate::Relocate},
};

/// The workload leaves its cluster for another one of its provider, as it is: with the version of
/// its profile that it pins.
#[derive(Clone, Debug)]
pub struct RelocateWorkload {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Which one.
    pub id: WorkloadId,
    /// The cluster that it is to leave; where it is elsewhere by now, it stays.
    pub from: ClusterId,
    /// Any number: a draw among clusters depends on it. Drawn once, so that a repeat after a lost
    /// race draws the same.
    pub random: u64,
}

impl Verb for RelocateWorkload {
    fn subject(&self) -> StreamId {
        StreamId::workload(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let workload = load(unit, self.organization, self.id).await?;
        let provider = unit.load::<Provider>(workload.provider).await?;
        let provider = provider.present().map_err(Refusal::from)?;
        let pinned = unit.pinned(workload.profile, workload.profile_version).await?;
        let definition = pinned.ok_or(Refusal::from(profile::Error::NotFound))?;
        let offers = offers(unit, provider, &definition.constraints).await?;
        let (from, mode, random) = (self.from, provider.deployment_mode, self.random);
        let relocate = Relocate { from, mode, offers, random };
        unit.decide::<domain::workload::Workload>(self.id, Command::Relocate(relocate)).await
    }
}
