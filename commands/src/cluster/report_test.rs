//! `ReportConnectivity`: a step of a test, or its end.

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    cluster::{Cluster, Command},
    connectivity::{Finding, Report},
    ids::ClusterId,
};

/// What the worker found.
#[derive(Clone, Debug)]
pub struct ReportConnectivity {
    /// Of which cluster, or candidate.
    pub id: ClusterId,
    /// Which of its tests.
    pub number: u32,
    /// What was found.
    pub found: Found,
}

/// A part, or the whole.
#[derive(Clone, Debug)]
pub enum Found {
    /// One step.
    Step(Finding),
    /// All of it.
    End(Report),
}

impl Verb for ReportConnectivity {
    fn subject(&self) -> StreamId {
        StreamId::cluster(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let command = match &self.found {
            Found::Step(finding) => Command::ReportStep(self.number, finding.clone()),
            Found::End(report) => Command::ReportTest(self.number, report.clone()),
        };
        unit.decide::<Cluster>(self.id, command).await
    }
}
