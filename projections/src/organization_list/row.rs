//! An organization, as a list shows it.

use crate::page::Shown;
use domain::{Timestamp, Version, ids::OrganizationId, name::Name};
use serde::{Deserialize, Serialize};

/// An organization, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its id.
    pub id: OrganizationId,
    /// The version of its stream, for `If-Match`.
    pub version: Version,
    /// Its name.
    pub name: Name,
    /// How many providers it is associated with.
    pub provider_count: u32,
    /// When it was registered.
    pub created_at: Timestamp,
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
