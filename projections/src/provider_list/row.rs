//! A provider, as a list shows it.

use crate::page::Shown;
use domain::{
    Timestamp, Version,
    ids::ProviderId,
    name::Name,
    provider::{DeploymentMode, Kind, Visibility},
};
use serde::{Deserialize, Serialize};

/// Whether a provider may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Hands off.
    Disabled,
    /// Its organizations may use it.
    Enabled,
}

impl State {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
        }
    }
}

/// A provider, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its id.
    pub id: ProviderId,
    /// The version of its stream, for `If-Match`.
    pub version: Version,
    /// Its name.
    pub name: Name,
    /// Which engine its clusters run.
    pub kind: Kind,
    /// Who may use it.
    pub visibility: Visibility,
    /// How its clusters share its work.
    pub deployment_mode: DeploymentMode,
    /// Whether it may be used.
    pub state: State,
    /// Free text.
    pub comments: String,
    /// How many clusters it has.
    pub cluster_count: u32,
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
