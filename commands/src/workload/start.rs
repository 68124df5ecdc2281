//! `StartWorkload`

use super::load;
use crate::{
    handle::{Stop, Verb},
    profile::usable,
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{OrganizationId, WorkloadId},
    workload::{Command, Workload},
};

/// A stopped workload runs again.
#[derive(Clone, Debug)]
pub struct StartWorkload {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Which one.
    pub id: WorkloadId,
}

impl Verb for StartWorkload {
    fn subject(&self) -> StreamId {
        StreamId::workload(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let workload = load(unit, self.organization, self.id).await?;
        if workload.stopped {
            usable(unit, self.organization, workload.provider, workload.image).await?;
        }
        unit.decide::<Workload>(self.id, Command::Start).await
    }
}
