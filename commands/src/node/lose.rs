//! `LoseNode`: the cluster no longer lists a node.

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::NodeId,
    node_observation::{Command, NodeObservation},
};

/// The cluster no longer lists a node.
#[derive(Clone, Debug)]
pub struct LoseNode {
    /// Which node.
    pub node: NodeId,
}

impl Verb for LoseNode {
    fn subject(&self) -> StreamId {
        StreamId::node_observation(self.node)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.node)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        unit.decide::<NodeObservation>(self.node, Command::Lose).await
    }
}
