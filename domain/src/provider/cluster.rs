//! One cluster behind a provider, as registered.

use super::{Error, Registered};
use crate::{cluster_url::ClusterUrl, ids::ClusterId, name::Name};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One real Swarm or Kubernetes API behind a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// Its id.
    pub id: ClusterId,
    /// Unique within the provider.
    pub name: Name,
    /// The place in the order of fallbacks; 1 is the primary.
    pub rank: u16,
    /// The name that TLS asks for and verifies, where it is not the host of the URL.
    pub server_name: Option<String>,
    /// Where its API answers.
    pub url: ClusterUrl,
    /// Other managers of the same Swarm.
    pub urls: Vec<ClusterUrl>,
    /// Its share of the draws of an active/active provider, against the other clusters' weights.
    pub weight: u16,
}

/// A field that two clusters of a provider may not share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `name`
    Name,
    /// `rank`
    Rank,
    /// `url`
    Url,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "name",
            Self::Rank => "rank",
            Self::Url => "url",
        })
    }
}

impl Cluster {
    /// The most other managers of one Swarm.
    pub const URLS_MAX: usize = 9;
    /// The highest rank.
    pub const RANK_MAX: u16 = 1000;
    /// The highest weight.
    pub const WEIGHT_MAX: u16 = 1000;
    /// The weight of a cluster that was given none.
    pub const WEIGHT_DEFAULT: u16 = 100;

    fn addresses(&self) -> impl Iterator<Item = &ClusterUrl> {
        [&self.url].into_iter().chain(&self.urls)
    }
}

impl Registered {
    /// The most clusters of one provider.
    pub const CLUSTERS_MAX: usize = 100;

    /// The rank for a cluster that was given none: behind all others.
    #[must_use]
    pub fn next_rank(&self) -> u16 {
        self.clusters.values().map(|cluster| cluster.rank).max().unwrap_or(0).saturating_add(1)
    }

    /// Whether `wanted` can stand beside the other clusters of the provider.
    pub(super) fn check_beside(&self, wanted: &Cluster) -> Result<(), Error> {
        for other in self.clusters.values().filter(|other| other.id != wanted.id) {
            if other.name.key() == wanted.name.key() {
                return Err(Error::ClusterTaken(Field::Name));
            }
            if other.rank == wanted.rank {
                return Err(Error::ClusterTaken(Field::Rank));
            }
            if other.addresses().any(|url| wanted.addresses().any(|mine| mine == url)) {
                return Err(Error::ClusterTaken(Field::Url));
            }
        }
        Ok(())
    }
}
