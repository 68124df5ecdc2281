//! `ScaleWorkload`

use super::load;
use crate::{
    handle::{Stop, Verb},
    profile::usable,
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{OrganizationId, WorkloadId},
    replicas::Replicas,
    workload::{Command, Workload},
};

/// More or fewer containers.
#[derive(Clone, Debug)]
pub struct ScaleWorkload {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Which one.
    pub id: WorkloadId,
    /// How many containers.
    pub replicas: Replicas,
}

impl Verb for ScaleWorkload {
    fn subject(&self) -> StreamId {
        StreamId::workload(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let workload = load(unit, self.organization, self.id).await?;
        if self.replicas > workload.replicas && !workload.stopped {
            usable(unit, self.organization, workload.provider, workload.image).await?;
        }
        unit.decide::<Workload>(self.id, Command::Scale(self.replicas)).await
    }
}
