//! `DisableProvider`: hands off. Workloads keep running, nothing is probed or changed.

use super::{Event, Registered};
use serde::{Deserialize, Serialize};

/// A provider was disabled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disabled {}

pub(super) fn decide(provider: &Registered) -> Vec<Event> {
    if provider.enabled { vec![Event::Disabled(Disabled {})] } else { vec![] }
}
