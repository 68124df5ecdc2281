//! Versions of the APIs of clusters, as far as a test of a connection judges them.

use std::{fmt, str::FromStr};

/// A version of an API, such as 1.41 of Docker engines or 1.29 of Kubernetes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion {
    major: u16,
    minor: u16,
}

impl ApiVersion {
    /// Of Docker 20.10: the oldest engine that Berth was tried with.
    pub const SWARM_TRIED: Self = Self { major: 1, minor: 41 };
    /// The first Kubernetes in which all that is asked of it is stable, server-side apply and the
    /// eviction of pods included.
    pub const KUBERNETES_STABLE: Self = Self { major: 1, minor: 22 };
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// What is no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a version of an API, such as 1.41")]
pub struct NoVersion;

impl FromStr for ApiVersion {
    type Err = NoVersion;
    fn from_str(text: &str) -> Result<Self, NoVersion> {
        let (major, minor) = text.split_once('.').ok_or(NoVersion)?;
        let number = |text: &str| text.parse::<u16>().map_err(|_| NoVersion);
        Ok(Self { major: number(major)?, minor: number(minor)? })
    }
}

/// The oldest version of each API that a test passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minimums {
    /// Of Docker engines.
    pub swarm: ApiVersion,
    /// Of Kubernetes.
    pub kubernetes: ApiVersion,
}

impl Default for Minimums {
    fn default() -> Self {
        Self { swarm: ApiVersion::SWARM_TRIED, kubernetes: ApiVersion::KUBERNETES_STABLE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let version = |text: &str| text.parse::<ApiVersion>();
        assert!(version("1.9").unwrap() < version("1.41").unwrap());
        assert!(version("2.0").unwrap() > version("1.53").unwrap());
        assert_eq!(version("1.41").unwrap(), ApiVersion::SWARM_TRIED);
        for wrong in ["", "1", "1.x", "v1.41", "1.41.2"] {
            assert_eq!(version(wrong), Err(NoVersion), "{wrong}");
        }
    }
}
