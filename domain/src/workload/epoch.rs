//! How often a workload was placed.

use serde::{Deserialize, Serialize};
use std::{fmt, num::NonZeroU32};

/// Counts the placements of one workload. A cluster refuses work that carries an older epoch, so a
/// cluster that was declared lost and comes back cannot undo a failover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Epoch(NonZeroU32); // Made by `FIRST` and `next()`; only a stored event yields another.

impl Epoch {
    /// The first placement.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// The placement after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_placement_raises_the_epoch_by_one() {
        assert_eq!(Epoch::FIRST.get(), 1);
        assert_eq!(Epoch::FIRST.next().get(), 2);
        assert!(Epoch::FIRST < Epoch::FIRST.next());
    }
}
