//! `StopWorkload`

use super::decide;
use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{OrganizationId, WorkloadId},
    workload::Command,
};

/// No container runs; everything else is kept.
#[derive(Clone, Debug)]
pub struct StopWorkload {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Which one.
    pub id: WorkloadId,
}

impl Verb for StopWorkload {
    fn subject(&self) -> StreamId {
        StreamId::workload(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        decide(unit, self.organization, self.id, Command::Stop).await
    }
}
