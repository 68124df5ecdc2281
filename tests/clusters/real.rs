//! A real cluster as the stories that both engines tell see it: by how it is registered, by what
//! its own client says of its nodes, and by what somebody else does to it.

use crate::{
    engine::Engine,
    front::Behind,
    kept::Keeps,
    world::{Address, World},
};
use commands::ports::cluster::workload::Which;
use domain::{
    availability::Availability,
    ids::NodeId,
    node_observation::facts::{Reachability, Role, State},
};
use serde_json::Value;

/// A cluster of three nodes at least, of which the first may be one of its control plane.
pub(crate) trait Real: Send + Sync {
    /// How it is registered.
    fn address(&self) -> Address;
    /// How a front that stands before it reaches it.
    fn behind(&self) -> Behind;
    /// The id of the cluster, as its own client says.
    fn identity(&self) -> String;
    /// How many nodes it has.
    fn nodes(&self) -> usize;
    /// What a node is, and what Berth shows of it that never changes in a story.
    fn is(&self, node: usize) -> Is;
    /// The labels of a node that are not of the engine itself, as its own client says.
    fn labels(&self, node: usize) -> Value;
    /// A label of a node that is of the engine itself.
    fn engine_label(&self, node: usize) -> (&'static str, String);
    /// The availability of a node, as its own client says.
    fn availability(&self, node: usize) -> Availability;
    /// Moves with every change of a node.
    fn version(&self, node: usize) -> String;
    /// Changes a node behind Berth's back.
    fn change(&self, node: usize, to: Change<'_>);
    /// Lets the cluster refuse changes of a node, and returns a part of its words.
    fn refuse(&self, node: usize) -> &'static str;
    /// Lets it permit them again.
    fn permit(&self, node: usize);
    /// Takes a node away; returns when the cluster shows it as so.
    fn lose(&self, node: usize) -> State;
    /// Brings it back.
    fn find(&self, node: usize);
    /// Runs so many copies of something, and returns once all of them run.
    fn run(&self, name: &str, copies: usize);
    /// The same, where only nodes with a label may run it.
    fn run_where(&self, name: &str, copies: usize, label: (&str, &str));
    /// The same of something that does not leave a node when it is drained; returns a part of the
    /// cluster's words for why.
    fn run_stubborn(&self, name: &str, copies: usize) -> &'static str;
    /// Lets it leave.
    fn persuade(&self, name: &str);
    /// How many copies of it run on a node.
    fn running(&self, name: &str, node: usize) -> usize;
    /// Stops the control plane in its tracks: it accepts connections and never answers.
    fn freeze(&self);
    /// Lets it go on.
    fn thaw(&self);
}

/// A cluster on which workloads run, and another one of its kind.
pub(crate) trait Runs: Real {
    /// This one.
    fn engine(&self) -> &dyn Engine;
    /// The other one.
    fn second(&self) -> &'static dyn Engine;
    /// This one, and the other one, as keepers of secrets.
    fn keeps(&self) -> [&dyn Keeps; 2];
    /// The names of the nodes over which the scheduler spreads containers that are placed as those
    /// of a workload of one container a node are; none until it has judged all of them.
    fn spread(&self, which: Which) -> Option<Vec<String>>;
}

/// What a node is.
pub(crate) struct Is {
    pub(crate) native_id: String,
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) role: Role,
    pub(crate) reachability: Reachability,
    pub(crate) leader: bool,
}

/// What somebody else does to a node.
pub(crate) enum Change<'a> {
    Label(&'a str, &'a str),
    Unlabel(&'a str),
    Availability(Availability),
}

/// A world whose provider has this cluster.
pub(crate) async fn world(real: &dyn Real) -> World {
    World::new(&real.address()).await
}

/// A node in the log.
pub(crate) fn node(world: &World, real: &dyn Real, index: usize) -> NodeId {
    world.node(&real.is(index).native_id)
}
