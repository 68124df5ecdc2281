//! `DrainNode`

use super::{seen, start};
use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId, Timestamp,
    ids::{NodeId, ProviderId},
    node::{Command, Node},
};
use std::time::Duration;

/// How long a drain may take where nobody says.
pub const TIME_DEFAULT: Duration = Duration::from_hours(1);
/// The longest that a drain may take.
pub const TIME_MAX: Duration = Duration::from_hours(24);

/// What runs on the node is to leave it.
#[derive(Clone, Debug)]
pub struct DrainNode {
    /// The provider it was asked of.
    pub provider: ProviderId,
    /// Which node.
    pub node: NodeId,
    /// When it has failed if anything is left.
    pub deadline: Timestamp,
    /// Whether that is ended, too, which nobody starts again elsewhere.
    pub forced: bool,
}

impl Verb for DrainNode {
    fn subject(&self) -> StreamId {
        StreamId::node(self.node)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.node)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let seen = seen(unit, self.provider, self.node).await?;
        let start = start(unit, self.node, &seen, (self.deadline, self.forced)).await?;
        unit.decide::<Node>(self.node, Command::Drain(seen.place, start)).await
    }
}
