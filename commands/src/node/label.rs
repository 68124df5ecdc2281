//! `LabelNode`

use super::place;
use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{NodeId, ProviderId},
    label::{Key, Value},
    node::{Command, Node},
};

/// The node is to carry this label, with this value.
#[derive(Clone, Debug)]
pub struct LabelNode {
    /// The provider it was asked of.
    pub provider: ProviderId,
    /// Which node.
    pub node: NodeId,
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Value,
}

impl Verb for LabelNode {
    fn subject(&self) -> StreamId {
        StreamId::node(self.node)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.node)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let place = place(unit, self.provider, self.node).await?;
        unit.decide::<Node>(self.node, Command::Label(place, self.key.clone(), self.value.clone()))
            .await
    }
}
