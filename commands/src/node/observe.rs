//! `ObserveNode`: the cluster lists a node, so.

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::NodeId,
    node::Place,
    node_observation::{Command, Facts, NodeObservation},
};

/// What a cluster shows of a node.
#[derive(Clone, Debug)]
pub struct ObserveNode {
    /// Where it stands.
    pub place: Place,
    /// What the cluster shows.
    pub facts: Facts,
}

impl ObserveNode {
    /// The node's id.
    #[must_use]
    pub fn node(&self) -> NodeId {
        NodeId::of(self.place.cluster, &self.facts.native_id)
    }
}

impl Verb for ObserveNode {
    fn subject(&self) -> StreamId {
        StreamId::node_observation(self.node())
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.node())
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let observe = Command::Observe(self.place, self.facts.clone());
        unit.decide::<NodeObservation>(self.node(), observe).await
    }
}
