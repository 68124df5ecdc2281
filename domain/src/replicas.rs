//! How many containers run at once.

use serde::{Deserialize, Serialize};
use std::fmt;

/// 1 to 1000 containers. None at all is a stopped workload.
///
/// Deserialization does not check: a recorded number was accepted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Replicas(u16);

/// A number outside the bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to {}", Replicas::MOST)]
pub struct OutOfRange;

impl Replicas {
    /// The most containers of one workload.
    pub const MOST: u16 = 1000;

    /// Checks a number.
    ///
    /// # Errors
    /// `OutOfRange`.
    pub fn parse(number: u32) -> Result<Self, OutOfRange> {
        match u16::try_from(number) {
            Ok(number) if (1..=Self::MOST).contains(&number) => Ok(Self(number)),
            Ok(_) | Err(_) => Err(OutOfRange),
        }
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Replicas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_at_least_one_and_at_most_a_thousand() {
        for number in [1, 1000] {
            assert_eq!(
                Replicas::parse(number).map(|replicas| u32::from(replicas.get())),
                Ok(number)
            );
        }
        for number in [0, 1001, 65_537, u32::MAX] {
            assert_eq!(Replicas::parse(number), Err(OutOfRange), "{number}");
        }
    }
}
