//! A secret, as a list shows it: everything but its value.

use crate::page::Shown;
use domain::{
    Timestamp, Version,
    ids::{ClusterId, ProviderId, SecretId, WorkloadId},
    kept::Kept,
    secret::SecretName,
    secret_observation::Object,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What somebody had made on a cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdoptedFrom {
    /// Where it was, and stays.
    pub cluster_id: ClusterId,
    /// What it is there.
    pub object: Object,
}

/// How a secret is on a cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OnCluster {
    /// What the cluster holds.
    pub held: Option<Held>,
    /// What it does not hold, and why; absent once that is over.
    pub rejected: Option<Rejected>,
    /// When what somebody had taken away was last put back.
    pub restored_at: Option<Timestamp>,
}

/// How far a cluster is with the newest version of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The cluster holds it, and what mounts the secret there is made from it.
    Applied,
    /// It is on its way.
    Pending,
    /// It was refused, or something did not come up with it.
    Rejected,
}

impl OnCluster {
    /// How far the cluster is with the newest version.
    #[must_use]
    pub fn state(&self, newest: u32) -> State {
        let is_newest = |version: u32| version == newest;
        if self.rejected.as_ref().is_some_and(|rejected| is_newest(rejected.version)) {
            State::Rejected
        } else if self.held.as_ref().is_some_and(|held| is_newest(held.version)) {
            State::Applied
        } else {
            State::Pending
        }
    }
}

/// What a cluster holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// Which version of the value.
    pub version: u32,
    /// What holds it there.
    pub objects: Vec<Object>,
    /// Since when it is so.
    pub at: Timestamp,
}

/// What a cluster does not hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rejected {
    /// Which version of the value.
    pub version: u32,
    /// Why.
    pub reason: String,
    /// What did not come up with it, so that all there has gone back.
    pub workload_id: Option<WorkloadId>,
    /// Since when it is so.
    pub at: Timestamp,
}

/// A secret, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its id.
    pub id: SecretId,
    /// The version of its stream, for `If-Match`.
    pub version: Version,
    /// The provider it belongs to.
    pub provider_id: ProviderId,
    /// Unique on the provider.
    pub name: SecretName,
    /// Which version of its value holds.
    pub value: Kept,
    /// What somebody had made on a cluster, in whose place it is.
    pub adopted_from: Option<AdoptedFrom>,
    /// How it is on each cluster that said something, in the order of their ids.
    pub clusters: BTreeMap<ClusterId, OnCluster>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it got the value that holds.
    pub rotated_at: Timestamp,
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
