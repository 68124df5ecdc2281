//! What the events of a drain mean for the row of its node.

use super::row::{DrainState, Draining, Row};
use crate::decoded::Decoded;
use domain::{
    Version,
    node::drain::DrainStarted,
    node_observation::drain::{DrainCompleted, DrainFailed, DrainProgressed, Left},
};

pub(super) fn started(recorded: &Decoded, event: &DrainStarted) -> Draining {
    Draining {
        version: recorded.version,
        state: DrainState::Draining,
        before: event.before,
        deadline: event.deadline,
        forced: event.forced,
        started_at: recorded.recorded_at,
        ended_at: None,
        total_count: None,
        left_count: None,
        left: vec![],
        reason: None,
        words: None,
    }
}

pub(super) fn progressed(row: &mut Row, event: &DrainProgressed) {
    if let Some(draining) = of(row, event.drain_version) {
        leave(draining, &event.left, event.left_count);
    }
}

pub(super) fn completed(row: &mut Row, recorded: &Decoded, event: &DrainCompleted) {
    if let Some(draining) = of(row, event.drain_version) {
        draining.state = DrainState::Drained;
        draining.ended_at = Some(recorded.recorded_at);
        leave(draining, &[], 0);
    }
}

pub(super) fn failed(row: &mut Row, recorded: &Decoded, event: &DrainFailed) {
    if let Some(draining) = of(row, event.drain_version) {
        draining.state = DrainState::Failed;
        draining.ended_at = Some(recorded.recorded_at);
        draining.reason = Some(event.reason);
        draining.words.clone_from(&event.words);
        leave(draining, &event.left, event.left_count);
    }
}

/// The drain that an event speaks of, unless it was cancelled or began anew meanwhile.
fn of(row: &mut Row, version: Version) -> Option<&mut Draining> {
    row.draining.as_mut().filter(|draining| draining.version == version)
}

fn leave(draining: &mut Draining, left: &[Left], count: u32) {
    draining.total_count = Some(draining.total_count.unwrap_or_default().max(count));
    draining.left_count = Some(count);
    draining.left = left.to_vec();
}
