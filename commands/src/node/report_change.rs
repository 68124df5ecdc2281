//! `ReportNodeChange`: what a cluster shows of a node, and what became of the changes sent to it.

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::NodeId,
    node_observation::{Command, NodeObservation},
};

/// What a cluster shows of a node, and what became of the changes sent to it.
#[derive(Clone, Debug)]
pub struct ReportNodeChange {
    /// Which node.
    pub node: NodeId,
    /// The reports, in order; recorded together.
    pub reports: Vec<Command>,
}

impl Verb for ReportNodeChange {
    fn subject(&self) -> StreamId {
        StreamId::node_observation(self.node)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.node)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        for report in &self.reports {
            unit.decide::<NodeObservation>(self.node, report.clone()).await?;
        }
        Ok(())
    }
}
