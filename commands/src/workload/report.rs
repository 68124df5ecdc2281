//! `ReportWorkload`: what became of a workload on its clusters.

use crate::{
    Refusal,
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId, Version,
    ids::WorkloadId,
    workload_observation::{Command, WorkloadObservation},
};

/// What became of a workload on its clusters.
#[derive(Clone, Debug)]
pub struct ReportWorkload {
    /// Which one.
    pub workload: WorkloadId,
    /// The version of the intent that the reports were made from. Of another one they say nothing,
    /// and of a removed workload nothing is said at all.
    pub intent: Version,
    /// The reports, in order; recorded together.
    pub reports: Vec<Command>,
}

impl Verb for ReportWorkload {
    fn subject(&self) -> StreamId {
        StreamId::workload_observation(self.workload)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.workload)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let current = unit.version(StreamId::workload(self.workload)).await?;
        if current != self.intent {
            let (expected, since) = (self.intent, vec![]);
            return Err(Refusal::VersionGone { expected, current, since }.into());
        }
        for report in &self.reports {
            unit.decide::<WorkloadObservation>(self.workload, report.clone()).await?;
        }
        Ok(())
    }
}
