//! A node, as lists and its profile show it: what its cluster showed, what Berth wants of it, and
//! how far the two have come together.

use crate::page::Shown;
use domain::{
    Timestamp, Version,
    availability::Availability,
    ids::{ClusterId, NodeId, ProviderId},
    label::{Key, Value},
    node_observation::{
        drain::{Failure, Left},
        facts::{Reachability, Role, State},
    },
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A label key that Berth owns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnedLabel {
    /// The value it is to have; none if it is to be gone.
    pub value: Option<Value>,
    /// The version of the intent that said so.
    pub since: Version,
    /// Whether the cluster has taken it over.
    pub applied: bool,
}

/// The availability that Berth was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WantedAvailability {
    /// What is wanted.
    pub availability: Availability,
    /// The version of the intent that said so.
    pub since: Version,
    /// Whether the cluster has taken it over.
    pub applied: bool,
}

/// A change that the cluster refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rejected {
    /// The version of the intent that was tried.
    pub version: Version,
    /// The engine's own words.
    pub reason: String,
    /// When that was recorded.
    pub at: Timestamp,
}

/// How far a drain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrainState {
    /// Something is to leave yet.
    Draining,
    /// Nothing is left.
    Drained,
    /// It ended with something left.
    Failed,
}

/// The drain that was asked for last, until it is cancelled or something else is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draining {
    /// The version of the intent that started it.
    pub version: Version,
    /// How far it is.
    pub state: DrainState,
    /// The availability that it goes back to when it is cancelled.
    pub before: Availability,
    /// When it has failed if anything is left.
    pub deadline: Timestamp,
    /// Whether that is ended, too, which nobody starts again elsewhere.
    pub forced: bool,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// When it came to its end.
    pub ended_at: Option<Timestamp>,
    /// How much there was to leave, at the most; none before anybody has looked.
    pub total_count: Option<u32>,
    /// How much is left; none before anybody has looked.
    pub left_count: Option<u32>,
    /// The first of what is left.
    pub left: Vec<Left>,
    /// Why it failed.
    pub reason: Option<Failure>,
    /// The cluster's own words about that.
    pub words: Option<String>,
}

/// A node, as lists and its profile show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its id.
    pub id: NodeId,
    /// The version of its intent stream, for `If-Match`; 0 if nothing was ever asked of it.
    pub version: Version,
    /// Its cluster.
    pub cluster_id: ClusterId,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
    /// Its id on the cluster.
    pub native_id: String,
    /// Its name on the cluster; it may repeat.
    pub name: String,
    /// Its network address.
    pub address: String,
    /// What it does in its cluster.
    pub role: Role,
    /// Whether it leads the managers.
    pub leader: bool,
    /// Whether it works.
    pub state: State,
    /// Whether the other managers reach it.
    pub reachability: Reachability,
    /// Whether it takes work, as the cluster showed it.
    pub availability: Availability,
    /// Whether it is to take work, where Berth was asked.
    pub wanted_availability: Option<WantedAvailability>,
    /// The drain that was asked for last.
    pub draining: Option<Draining>,
    /// Its labels, as the cluster showed them.
    pub labels: BTreeMap<String, String>,
    /// The engine's own labels.
    pub engine_labels: BTreeMap<String, String>,
    /// The label keys that Berth owns, and what it wants of each.
    pub owned_labels: BTreeMap<Key, OwnedLabel>,
    /// The version of the intent that the cluster took over last.
    pub applied_version: Version,
    /// What the cluster refused last, until it takes something over.
    pub rejected: Option<Rejected>,
    /// Whether the cluster no longer lists it.
    pub lost: bool,
    /// When a cluster showed it first.
    pub created_at: Timestamp,
    /// When what the cluster shows of it changed last.
    pub observed_at: Timestamp,
    /// When Berth last put right what somebody had changed.
    pub repaired_at: Option<Timestamp>,
    /// When anything about it changed last.
    pub updated_at: Timestamp,
    /// Whether an event about it is parked, so that the row may be out of date.
    pub stale: bool,
}

impl Shown for Row {
    fn set_stale(&mut self, stale: bool) {
        self.stale = stale;
    }
}
