//! One cluster behind a provider, as registered.

use super::{Error, Kind, Registered};
use crate::{
    cluster_url::ClusterUrl,
    ids::{CertificateId, ClusterId},
    kept::Kept,
    name::Name,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};

/// One real Swarm or Kubernetes API behind a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// PEM of the authorities by which its API is verified, where it has no certificate of its own
    /// that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// By which Berth says who it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_id: Option<CertificateId>,
    /// Its id.
    pub id: ClusterId,
    /// Unique within the provider.
    pub name: Name,
    /// The place in the order of fallbacks; 1 is the primary.
    pub rank: u16,
    /// The name that TLS asks for and verifies, where it is not the host of the URL.
    pub server_name: Option<String>,
    /// The bearer token by which Berth says who it is, in the vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Kept>,
    /// Where its API answers.
    pub url: ClusterUrl,
    /// Other managers of the same Swarm.
    pub urls: Vec<ClusterUrl>,
    /// Its share of the draws of an active/active provider, against the other clusters' weights.
    pub weight: u16,
}

/// Why a cluster of a kind cannot be reached in a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A token on Swarm.
    #[error("is for Kubernetes: Docker Swarm knows no bearer tokens, use a certificate")]
    Token,
    /// Several addresses on Kubernetes.
    #[error("is for Docker Swarm: a Kubernetes cluster has one address")]
    Urls,
    /// Something secret, or something to trust, on a connection that anybody can read and change.
    #[error("needs addresses that start with `https://`")]
    Plain(Secret),
}

/// What is worth nothing without TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// `ca`
    Ca,
    /// `certificate_id`
    Certificate,
    /// `token`
    Token,
}

impl Unfit {
    /// The field that does not fit.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Token | Self::Plain(Secret::Token) => "token",
            Self::Urls => "urls",
            Self::Plain(Secret::Ca) => "ca",
            Self::Plain(Secret::Certificate) => "certificate_id",
        }
    }
}

/// A field that two clusters of a provider may not share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `id`
    Id,
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
            Self::Id => "id",
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

    /// Whether a cluster of this kind can be reached in the way that is registered.
    ///
    /// # Errors
    /// Names what does not fit.
    pub fn check_fit(&self, kind: Kind) -> Result<(), Unfit> {
        if kind == Kind::Swarm && self.token.is_some() {
            return Err(Unfit::Token);
        }
        if kind == Kind::Kubernetes && !self.urls.is_empty() {
            return Err(Unfit::Urls);
        }
        let secret = match (&self.token, self.certificate_id, &self.ca) {
            (Some(_), _, _) => Secret::Token,
            (None, Some(_), _) => Secret::Certificate,
            (None, None, Some(_)) => Secret::Ca,
            (None, None, None) => return Ok(()),
        };
        if self.addresses().any(ClusterUrl::is_plain) {
            return Err(Unfit::Plain(secret));
        }
        Ok(())
    }

    /// Every address of it.
    pub fn addresses(&self) -> impl Iterator<Item = &ClusterUrl> {
        [&self.url].into_iter().chain(&self.urls)
    }
}

impl Registered {
    /// The most clusters of one provider.
    pub const CLUSTERS_MAX: usize = 100;
    /// The most registries that one provider has credentials for.
    pub const REGISTRIES_MAX: usize = 100;

    /// The rank for a cluster that was given none: behind all others. Where the last place is
    /// taken, the last free one; there are more ranks than clusters.
    #[must_use]
    pub fn next_rank(&self) -> u16 {
        let taken: BTreeSet<u16> = self.clusters.values().map(|cluster| cluster.rank).collect();
        let behind = taken.last().map_or(1, |last| last.saturating_add(1));
        if behind <= Cluster::RANK_MAX {
            return behind;
        }
        (1..=Cluster::RANK_MAX).rev().find(|rank| !taken.contains(rank)).unwrap_or(behind)
    }

    /// Whether another cluster of the provider uses the certificate, too.
    pub(super) fn is_shared(&self, certificate: CertificateId, but: ClusterId) -> bool {
        let uses = |other: &Cluster| other.certificate_id == Some(certificate);
        self.clusters.values().any(|other| other.id != but && uses(other))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        provider::{DeploymentMode, Provider, add_cluster::ClusterAdded},
        testing::{cluster, cluster_added, created, fold},
    };

    fn next_rank_beside(ranks: &[u16]) -> u16 {
        let mut history = vec![created(DeploymentMode::ActivePassive)];
        history.extend((1..).zip(ranks).map(|(number, rank)| {
            ClusterAdded { cluster: Cluster { rank: *rank, ..cluster(number) } }.into()
        }));
        fold::<Provider>(history).present().unwrap().next_rank()
    }

    #[test]
    fn a_cluster_without_a_rank_goes_behind_all_others() {
        assert_eq!(next_rank_beside(&[]), 1);
        assert_eq!(next_rank_beside(&[1, 7]), 8);
    }

    #[test]
    fn behind_the_last_rank_there_is_none() {
        assert_eq!(next_rank_beside(&[Cluster::RANK_MAX]), Cluster::RANK_MAX - 1);
        let full = [1, Cluster::RANK_MAX - 1, Cluster::RANK_MAX];
        assert_eq!(next_rank_beside(&full), Cluster::RANK_MAX - 2);
    }

    #[test]
    fn work_goes_to_a_cluster_of_an_enabled_provider_only() {
        let history = [created(DeploymentMode::Single), cluster_added(1)];
        let provider = fold::<Provider>(history.clone());
        let provider = provider.present().unwrap();
        assert_eq!(provider.working(cluster(1).id), Err(Error::Disabled));
        assert_eq!(provider.working(cluster(2).id), Err(Error::ClusterNotFound));
        let enabled = fold::<Provider>(history.into_iter().chain([crate::testing::enabled()]));
        assert_eq!(enabled.present().unwrap().working(cluster(1).id), Ok(&cluster(1)));
    }
}
