//! Whether a node takes work.

use serde::{Deserialize, Serialize};

/// Whether a node takes work. Ordered by safety: what is later in the list is the safer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// Takes new work.
    Active,
    /// Keeps what runs, takes nothing new.
    Pause,
    /// What runs is moved away, nothing new is taken.
    Drain,
}

impl Availability {
    /// The word for it: `active`, `pause`, `drain`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pause => "pause",
            Self::Drain => "drain",
        }
    }
}
