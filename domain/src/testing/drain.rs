//! Named examples of drains.

use super::{availability, place};
use crate::{
    Timestamp, Version,
    availability::Availability,
    node::{
        self, Place,
        cancel_drain::DrainCancelled,
        drain::{DrainStarted, Start},
    },
    node_observation::{
        self,
        drain::{DrainCompleted, DrainFailed, DrainProgressed, Failure, Left},
    },
};

pub fn drain_deadline() -> Timestamp {
    "2026-03-01T13:00:00.000000Z".parse().unwrap()
}
/// Of a node that is active, and was never drained.
pub fn drain_start() -> Start {
    Start {
        deadline: drain_deadline(),
        forced: false,
        shown: Availability::Active,
        applied: Version::NONE,
        ended: None,
    }
}
pub fn drain_started(before: &str) -> node::Event {
    let Place { cluster: cluster_id, provider: provider_id } = place();
    let (before, deadline) = (availability(before), drain_deadline());
    DrainStarted { before, cluster_id, deadline, forced: false, provider_id }.into()
}
pub fn drain_cancelled(to: &str) -> node::Event {
    let Place { cluster: cluster_id, provider: provider_id } = place();
    DrainCancelled { availability: availability(to), cluster_id, provider_id }.into()
}
pub fn left(names: &[&str]) -> Vec<Left> {
    let left = |name: &&str| Left { name: (*name).to_owned(), reason: "is running".to_owned() };
    names.iter().map(left).collect()
}
pub fn drain_progressed(version: i64, names: &[&str]) -> node_observation::Event {
    let Place { cluster: cluster_id, provider: provider_id } = place();
    let (drain_version, left) = (Version(version), left(names));
    let left_count = u32::try_from(left.len()).unwrap();
    DrainProgressed { cluster_id, drain_version, left, left_count, provider_id }.into()
}
pub fn drain_completed(version: i64) -> node_observation::Event {
    let Place { cluster: cluster_id, provider: provider_id } = place();
    DrainCompleted { cluster_id, drain_version: Version(version), provider_id }.into()
}
pub fn drain_failed(version: i64, names: &[&str], reason: Failure) -> node_observation::Event {
    let Place { cluster: cluster_id, provider: provider_id } = place();
    let (drain_version, left) = (Version(version), left(names));
    let left_count = u32::try_from(left.len()).unwrap();
    let words = None;
    DrainFailed { cluster_id, drain_version, left, left_count, provider_id, reason, words }.into()
}
