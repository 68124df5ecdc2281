//! `SetNodeAvailability`

use super::place;
use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    availability::Availability,
    ids::{NodeId, ProviderId},
    node::{Command, Node},
};

/// Whether the node is to take work.
#[derive(Clone, Debug)]
pub struct SetNodeAvailability {
    /// The provider it was asked of.
    pub provider: ProviderId,
    /// Which node.
    pub node: NodeId,
    /// What is wanted.
    pub availability: Availability,
}

impl Verb for SetNodeAvailability {
    fn subject(&self) -> StreamId {
        StreamId::node(self.node)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.node)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let place = place(unit, self.provider, self.node).await?;
        unit.decide::<Node>(self.node, Command::SetAvailability(place, self.availability)).await
    }
}
