//! What a cluster shows of a node, in words that both engines share.

use crate::availability::Availability;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whether a node works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It takes part.
    Ready,
    /// It answers, but not well.
    NotReady,
    /// The cluster gave it up.
    Down,
    /// The cluster does not hear from it.
    Unreachable,
    /// The cluster cannot say.
    Unknown,
}

/// Whether a node is reached. A manager of a Swarm is asked by the other managers. Kubernetes asks
/// no node; there it is derived from the condition `Ready` and the taint
/// `node.kubernetes.io/unreachable`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reachability {
    /// The node is a Swarm's and no manager.
    NotApplicable,
    /// It answers the other managers, or reports how it is.
    Reachable,
    /// It does not.
    Unreachable,
    /// The cluster cannot say.
    Unknown,
}

/// What the node does in its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes part in the control plane.
    Manager,
    /// Runs containers only.
    Worker,
}

/// Everything the read models show of a real node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Its network address, as the cluster knows it.
    pub address: String,
    /// Whether it takes work.
    pub availability: Availability,
    /// Labels of the engine: shown apart, read-only.
    pub engine_labels: BTreeMap<String, String>,
    /// Labels of the cluster, those that Berth did not set among them.
    pub labels: BTreeMap<String, String>,
    /// Whether it leads the managers.
    pub leader: bool,
    /// Its name; for display only, it may repeat.
    pub name: String,
    /// Its id on the cluster.
    pub native_id: String,
    /// Whether it is reached.
    pub reachability: Reachability,
    /// What it does in its cluster.
    pub role: Role,
    /// Whether it works.
    pub state: State,
}
