//! Why a command about a provider is refused.

use super::{User, cluster};
use crate::{
    ids::{ClusterId, OrganizationId},
    name::Name,
};
use std::collections::BTreeMap;

/// Why a command about a provider is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody registered it.
    #[error("there is no such provider")]
    NotFound,
    /// It was removed before.
    #[error("the provider was removed")]
    Removed,
    /// The id is taken: another command registered it.
    #[error("the provider exists already")]
    AlreadyExists,
    /// Work was sent to a disabled provider.
    #[error("the provider is disabled; enable it first")]
    Disabled,
    /// Nothing to work with.
    #[error("the provider has no cluster; add one first")]
    NoCluster,
    /// Removing it would leave an enabled provider with nothing.
    #[error("an enabled provider keeps at least one cluster; disable it first")]
    LastCluster,
    /// Mode `single` has one cluster.
    #[error("deployment mode `single` has one cluster; choose another mode for more")]
    SingleCluster,
    /// More clusters than a provider may have.
    #[error("a provider has at most {most} clusters")]
    TooManyClusters {
        /// The bound.
        most: usize,
    },
    /// No cluster of this provider has this id.
    #[error("the provider has no such cluster")]
    ClusterNotFound,
    /// The provider has no credential for this registry.
    #[error("the provider has no credential for this registry")]
    RegistryNotFound,
    /// More registries than a provider may have.
    #[error("a provider has credentials for at most {most} registries")]
    TooManyRegistries {
        /// The bound.
        most: usize,
    },
    /// Where all clusters are active, none is the primary.
    #[error("in deployment mode `active_active` no cluster is the primary")]
    NoPrimary,
    /// A probe would still wait when the next one begins.
    #[error("`probe_timeout_ms` must not be more than `probe_interval_ms`")]
    ProbeTimeout,
    /// Two clusters would be told apart by nothing.
    #[error("another cluster of the provider has this {0}")]
    ClusterTaken(cluster::Field),
    /// Something still uses it.
    #[error("the provider is still in use")]
    Used(Vec<User>),
    /// Workloads are placed on the cluster, and would be out of reach.
    #[error("workloads are placed on the cluster")]
    ClusterUsed(Vec<User>),
    /// Workloads run on it, which Berth would no longer look after.
    #[error("workloads run on the provider; with `force` they keep running unattended")]
    WorkloadsRun(Vec<User>),
    /// Organizations use it that could no longer.
    #[error("organizations use the provider that are not associated with it")]
    ShutOut(BTreeMap<OrganizationId, Name>),
    /// It cannot be reached like that.
    #[error("`{field}` {0}", field = .0.field())]
    ClusterUnfit(#[from] cluster::Unfit),
    /// A real cluster belongs to one provider, once.
    #[error("cluster {cluster} is the same real cluster as {duplicate_of}; remove one of the two")]
    ClusterRejected {
        /// The cluster of this provider.
        cluster: ClusterId,
        /// The one that the real cluster belongs to.
        duplicate_of: ClusterId,
    },
    /// A token that was given for one host is not sent to another.
    #[error("another host gets the token only if it is given again")]
    TokenNeeded,
}
