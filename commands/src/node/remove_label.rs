//! `RemoveNodeLabel`

use super::place;
use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{NodeId, ProviderId},
    label::Key,
    node::{Command, Node},
};

/// A label set through Berth is to be gone.
#[derive(Clone, Debug)]
pub struct RemoveNodeLabel {
    /// The provider it was asked of.
    pub provider: ProviderId,
    /// Which node.
    pub node: NodeId,
    /// The key.
    pub key: Key,
}

impl Verb for RemoveNodeLabel {
    fn subject(&self) -> StreamId {
        StreamId::node(self.node)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.node)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let place = place(unit, self.provider, self.node).await?;
        unit.decide::<Node>(self.node, Command::RemoveLabel(place, self.key.clone())).await
    }
}
