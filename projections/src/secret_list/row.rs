//! A secret, as a list shows it: everything but its value.

use crate::page::Shown;
use domain::{
    Timestamp, Version,
    ids::{ProviderId, SecretId},
    kept::Kept,
    secret::SecretName,
};
use serde::{Deserialize, Serialize};

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
