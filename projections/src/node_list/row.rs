//! A node, as lists and its profile show it: what its cluster showed, what Berth wants of it, and
//! how far the two have come together.

use crate::page::Shown;
use domain::{
    Timestamp, Version,
    availability::Availability,
    ids::{ClusterId, NodeId, ProviderId},
    label::{Key, Value},
    node_observation::facts::{Reachability, Role, State},
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
