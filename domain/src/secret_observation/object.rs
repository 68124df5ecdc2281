//! What holds a version of a secret on a cluster.

use serde::{Deserialize, Serialize};

/// An object of the engine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// What the engine's own client calls it.
    pub name: String,
    /// Its id there, which no other object ever has.
    pub native_id: String,
}
