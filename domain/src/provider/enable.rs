//! `EnableProvider`: opens a provider to its organizations and lets the worker drive its clusters.

use super::{Error, Event, Registered};
use serde::{Deserialize, Serialize};

/// A provider was enabled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enabled {}

pub(super) fn decide(provider: &Registered) -> Result<Vec<Event>, Error> {
    if provider.enabled {
        return Ok(vec![]);
    }
    if provider.clusters.is_empty() {
        return Err(Error::NoCluster);
    }
    Ok(vec![Event::Enabled(Enabled {})])
}
