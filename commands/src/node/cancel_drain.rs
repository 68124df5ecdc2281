//! `CancelDrain`

use super::place;
use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{NodeId, ProviderId},
    node::{Command, Node},
};

/// The node goes back to what it was before it was drained.
#[derive(Clone, Debug)]
pub struct CancelDrain {
    /// The provider it was asked of.
    pub provider: ProviderId,
    /// Which node.
    pub node: NodeId,
}

impl Verb for CancelDrain {
    fn subject(&self) -> StreamId {
        StreamId::node(self.node)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.node)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let place = place(unit, self.provider, self.node).await?;
        unit.decide::<Node>(self.node, Command::CancelDrain(place)).await
    }
}
