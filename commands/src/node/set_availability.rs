//! `SetNodeAvailability`

use super::{seen, start};
use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId, Timestamp,
    availability::Availability,
    ids::{NodeId, ProviderId},
    node::{Command, Node, set_availability::Target},
};

/// Whether the node is to take work. To be drained is the job that `DrainNode` starts.
#[derive(Clone, Debug)]
pub struct SetNodeAvailability {
    /// The provider it was asked of.
    pub provider: ProviderId,
    /// Which node.
    pub node: NodeId,
    /// What is wanted.
    pub availability: Availability,
    /// Of the drain, where one begins.
    pub deadline: Timestamp,
}

impl Verb for SetNodeAvailability {
    fn subject(&self) -> StreamId {
        StreamId::node(self.node)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.node)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let seen = seen(unit, self.provider, self.node).await?;
        let target = match self.availability {
            Availability::Active => Target::Active,
            Availability::Pause => Target::Pause,
            Availability::Drain => {
                Target::Drain(start(unit, self.node, &seen, (self.deadline, false)).await?)
            }
        };
        unit.decide::<Node>(self.node, Command::SetAvailability(seen.place, target)).await
    }
}
