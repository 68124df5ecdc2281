//! `RemoveWorkload`

use crate::{
    Refusal,
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{OrganizationId, WorkloadId},
    workload::{Command, Error, Workload},
};

/// The workload is to be gone, from its cluster too.
#[derive(Clone, Debug)]
pub struct RemoveWorkload {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Which one.
    pub id: WorkloadId,
}

impl Verb for RemoveWorkload {
    fn subject(&self) -> StreamId {
        StreamId::workload(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let workload = unit.load::<Workload>(self.id).await?;
        match workload.of(self.organization) {
            Ok(_) | Err(Error::Removed) => unit.decide::<Workload>(self.id, Command::Remove).await,
            Err(error) => Err(Refusal::from(error).into()),
        }
    }
}
