//! A provider: what an administrator registers, and the clusters behind it.
//!
//! **Invariants**
//! - An enabled provider has at least one cluster; mode `single` never has two.
//! - Cluster names and addresses are unique within the provider, ranks too.
//! - A provider is created disabled.

pub mod add_cluster;
pub mod change_cluster_endpoint;
pub mod change_deployment_mode;
pub mod change_details;
pub mod change_failover_policy;
pub mod change_visibility;
pub mod cluster;
pub mod create;
pub mod disable;
pub mod enable;
pub mod error;
pub mod failover_policy;
mod make_primary;
pub mod rank_clusters;
pub mod remove;
pub mod remove_cluster;
pub mod remove_registry_credential;
pub mod set_registry_credential;
pub mod user;

pub use cluster::Cluster;
pub use error::Error;
pub use failover_policy::FailoverPolicy;
pub use user::User;

use crate::{
    Aggregate, StreamId,
    claim::{Claim, UniqueName},
    event::events,
    ids::{ClusterId, ProviderId, RecordId},
    image::Registry,
    kept::Kept,
    name::Name,
    tag::Tag,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Which engine the clusters of a provider run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Docker Swarm.
    Swarm,
    /// Kubernetes.
    Kubernetes,
}

/// Who may use a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Every organization.
    Public,
    /// Only the organizations associated with it.
    Private,
}

/// How the clusters of a provider share its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeploymentMode {
    /// One cluster.
    Single,
    /// One primary; the others are ordered fallbacks.
    ActivePassive,
    /// Each workload goes to a cluster drawn at random.
    ActiveActive,
}

events! {
    /// What administrators decided about a provider and its clusters.
    pub enum Event {
        /// A new provider, disabled.
        Created(create::Created) = "ProviderCreated",
        /// Its organizations may use it.
        Enabled(enable::Enabled) = "ProviderEnabled",
        /// Hands off: nothing is probed or changed any more.
        Disabled(disable::Disabled) = "ProviderDisabled",
        /// Another name or other comments.
        DetailsChanged(change_details::DetailsChanged) = "ProviderDetailsChanged",
        /// Public or private.
        VisibilityChanged(change_visibility::VisibilityChanged) = "ProviderVisibilityChanged",
        /// Gone for ever, and its clusters with it.
        Removed(remove::Removed) = "ProviderRemoved",
        /// Its clusters share its work in another way.
        DeploymentModeChanged(change_deployment_mode::DeploymentModeChanged)
            = "DeploymentModeChanged",
        /// Work leaves a lost cluster, or comes back, in another way.
        FailoverPolicyChanged(change_failover_policy::FailoverPolicyChanged)
            = "FailoverPolicyChanged",
        /// One more cluster.
        ClusterAdded(add_cluster::ClusterAdded) = "ClusterAdded",
        /// A cluster is reached in another way.
        ClusterEndpointChanged(change_cluster_endpoint::ClusterEndpointChanged)
            = "ClusterEndpointChanged",
        /// Other ranks or weights.
        ClusterRanked(rank_clusters::ClusterRanked) = "ClusterRanked",
        /// One cluster less.
        ClusterRemoved(remove_cluster::ClusterRemoved) = "ClusterRemoved",
        /// Images of a registry are pulled with this credential.
        RegistryCredentialSet(set_registry_credential::RegistryCredentialSet)
            = "RegistryCredentialSet",
        /// Images of a registry are pulled with none.
        RegistryCredentialRemoved(remove_registry_credential::RegistryCredentialRemoved)
            = "RegistryCredentialRemoved",
    }
}

/// An intention about a provider.
#[derive(Clone, Debug)]
pub enum Command {
    /// `CreateProvider`
    Create(create::Create),
    /// `EnableProvider`
    Enable,
    /// `DisableProvider`
    Disable(disable::Disable),
    /// `ChangeProviderDetails`
    ChangeDetails(change_details::ChangeDetails),
    /// `ChangeProviderVisibility`
    ChangeVisibility(change_visibility::ChangeVisibility),
    /// `RemoveProvider`, with those that use it
    Remove(Vec<User>),
    /// `ChangeDeploymentMode`
    ChangeDeploymentMode(DeploymentMode),
    /// `ChangeFailoverPolicy`
    ChangeFailoverPolicy(change_failover_policy::ChangeFailoverPolicy),
    /// `AddCluster`
    AddCluster(Cluster),
    /// `ChangeClusterEndpoint`
    ChangeClusterEndpoint(change_cluster_endpoint::ChangeClusterEndpoint),
    /// `RankClusters`
    RankClusters(Vec<rank_clusters::RankCluster>),
    /// `MakePrimary`
    MakePrimary(ClusterId),
    /// `RemoveCluster`
    RemoveCluster(remove_cluster::RemoveCluster),
    /// `SetRegistryCredential`
    SetRegistryCredential(set_registry_credential::SetRegistryCredential),
    /// `RemoveRegistryCredential`
    RemoveRegistryCredential(Registry),
}

/// A provider, as far as its history goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Provider {
    /// Nobody registered it.
    #[default]
    Absent,
    /// Registered.
    Present(Registered),
    /// Gone for ever.
    Removed,
}

/// What is known of a registered provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Registered {
    /// Shown and unique.
    pub name: Name,
    /// Which engine its clusters run.
    pub kind: Kind,
    /// Who may use it.
    pub visibility: Visibility,
    /// How its clusters share its work.
    pub deployment_mode: DeploymentMode,
    /// Whether it may be used at all.
    pub enabled: bool,
    /// Free text.
    pub comments: String,
    /// When work leaves a cluster, and when it comes back.
    pub failover_policy: FailoverPolicy,
    /// Its clusters.
    pub clusters: BTreeMap<ClusterId, Cluster>,
    /// With whom images are pulled from each registry.
    pub registries: BTreeMap<Registry, Kept>,
}

impl Provider {
    /// The registered provider.
    ///
    /// # Errors
    /// `Error::NotFound` where nobody registered it, `Error::Removed` where it is gone.
    pub fn present(&self) -> Result<&Registered, Error> {
        match self {
            Self::Present(registered) => Ok(registered),
            Self::Absent => Err(Error::NotFound),
            Self::Removed => Err(Error::Removed),
        }
    }
}

impl Provider {
    /// The certificate of a cluster, given up, if no other cluster of the provider uses it.
    fn unused(&self, cluster: ClusterId) -> Option<Claim> {
        let provider = self.present().ok()?;
        let certificate = provider.clusters.get(&cluster)?.certificate_id?;
        let is_shared = provider.is_shared(certificate, cluster);
        (!is_shared).then(|| Claim::Unrefer(StreamId::certificate(certificate)))
    }

    /// The records of the vault that it still needs.
    #[must_use]
    pub fn kept(&self) -> BTreeSet<RecordId> {
        let Ok(provider) = self.present() else { return BTreeSet::new() };
        let tokens = provider.clusters.values().filter_map(|cluster| cluster.token.as_ref());
        tokens.chain(provider.registries.values()).map(|kept| kept.record_id).collect()
    }
}

impl Registered {
    /// The provider, if work may be sent to the cluster: enabled, and the cluster is its own.
    ///
    /// # Errors
    /// `Error::Disabled` and `Error::ClusterNotFound`.
    pub fn working(&self, cluster: ClusterId) -> Result<&Cluster, Error> {
        let found = self.clusters.get(&cluster).ok_or(Error::ClusterNotFound)?;
        if self.enabled { Ok(found) } else { Err(Error::Disabled) }
    }
}

impl Aggregate for Provider {
    type Id = ProviderId;
    type Command = Command;
    type Event = Event;
    type Error = Error;

    fn stream(id: ProviderId) -> StreamId {
        StreamId::provider(id)
    }

    fn own(event: &crate::Event) -> Option<&Event> {
        if let crate::Event::Provider(event) = event { Some(event) } else { None }
    }

    fn decide(&self, command: Command) -> Result<Vec<Event>, Error> {
        match command {
            Command::Create(create) => create::decide(self, create),
            Command::Enable => enable::decide(self.present()?),
            Command::Disable(disable) => disable::decide(self.present()?, disable),
            Command::ChangeDetails(change) => Ok(change_details::decide(self.present()?, change)),
            Command::ChangeVisibility(change) => change_visibility::decide(self.present()?, change),
            Command::Remove(_) if *self == Self::Removed => Ok(vec![]),
            Command::Remove(users) => remove::decide(self.present()?, users),
            Command::ChangeDeploymentMode(mode) => {
                change_deployment_mode::decide(self.present()?, mode)
            }
            Command::ChangeFailoverPolicy(change) => {
                change_failover_policy::decide(self.present()?, &change)
            }
            Command::AddCluster(cluster) => add_cluster::decide(self.present()?, cluster),
            Command::ChangeClusterEndpoint(change) => {
                change_cluster_endpoint::decide(self.present()?, change)
            }
            Command::RankClusters(wanted) => rank_clusters::decide(self.present()?, &wanted),
            Command::MakePrimary(id) => make_primary::decide(self.present()?, id),
            Command::RemoveCluster(remove) => remove_cluster::decide(self.present()?, remove),
            Command::SetRegistryCredential(set) => {
                set_registry_credential::decide(self.present()?, set)
            }
            Command::RemoveRegistryCredential(registry) => {
                remove_registry_credential::decide(self.present()?, registry)
            }
        }
    }

    fn evolve(self, event: &Event) -> Self {
        let mut provider = match (self, event) {
            (_, Event::Created(created)) => return Self::Present(created.registered()),
            (Self::Absent, _) => return Self::Absent,
            (Self::Removed, _) | (_, Event::Removed(_)) => return Self::Removed,
            (Self::Present(provider), _) => provider,
        };
        match event {
            Event::Created(_) | Event::Removed(_) => {}
            Event::Enabled(_) => provider.enabled = true,
            Event::Disabled(_) => provider.enabled = false,
            Event::DetailsChanged(changed) => changed.apply(&mut provider),
            Event::VisibilityChanged(changed) => provider.visibility = changed.visibility.after,
            Event::DeploymentModeChanged(changed) => {
                provider.deployment_mode = changed.deployment_mode.after;
            }
            Event::FailoverPolicyChanged(changed) => changed.apply(&mut provider.failover_policy),
            Event::ClusterAdded(added) => {
                provider.clusters.insert(added.cluster.id, added.cluster.clone());
            }
            Event::ClusterEndpointChanged(changed) => changed.apply(&mut provider),
            Event::ClusterRanked(ranked) => ranked.apply(&mut provider),
            Event::ClusterRemoved(removed) => {
                provider.clusters.remove(&removed.cluster_id);
            }
            Event::RegistryCredentialSet(set) => set.apply(&mut provider),
            Event::RegistryCredentialRemoved(removed) => {
                provider.registries.remove(&removed.registry);
            }
        }
        Self::Present(provider)
    }

    fn tags(id: ProviderId, event: &Event) -> Vec<Tag> {
        let clusters: BTreeSet<ClusterId> = match event {
            Event::ClusterAdded(added) => [added.cluster.id].into(),
            Event::ClusterEndpointChanged(changed) => [changed.cluster_id].into(),
            Event::ClusterRanked(ranked) => {
                ranked.clusters.iter().map(|ranked| ranked.cluster_id).collect()
            }
            Event::ClusterRemoved(removed) => [removed.cluster_id].into(),
            Event::Removed(removed) => removed.cluster_ids.iter().copied().collect(),
            Event::Created(_)
            | Event::Enabled(_)
            | Event::Disabled(_)
            | Event::DetailsChanged(_)
            | Event::VisibilityChanged(_)
            | Event::DeploymentModeChanged(_)
            | Event::FailoverPolicyChanged(_)
            | Event::RegistryCredentialSet(_)
            | Event::RegistryCredentialRemoved(_) => [].into(),
        };
        clusters.into_iter().map(Tag::cluster).chain([Tag::provider(id)]).collect()
    }

    fn claims(&self, event: &Event) -> Vec<Claim> {
        match event {
            Event::Created(created) => vec![Claim::Take(unique(&created.name))],
            Event::DetailsChanged(changed) => match &changed.name {
                Some(name) => {
                    vec![Claim::Free(unique(&name.before)), Claim::Take(unique(&name.after))]
                }
                None => vec![],
            },
            Event::Removed(_) => {
                let name = self.present().ok().map(|provider| Claim::Free(unique(&provider.name)));
                name.into_iter().chain([Claim::End]).collect()
            }
            Event::ClusterAdded(added) => {
                let certificate = added.cluster.certificate_id;
                certificate.map(|id| Claim::Refer(StreamId::certificate(id))).into_iter().collect()
            }
            Event::ClusterEndpointChanged(changed) => match &changed.certificate_id {
                Some(change) => self
                    .unused(changed.cluster_id)
                    .into_iter()
                    .chain(change.after.map(|id| Claim::Refer(StreamId::certificate(id))))
                    .collect(),
                None => vec![],
            },
            Event::ClusterRemoved(removed) => self.unused(removed.cluster_id).into_iter().collect(),
            Event::Enabled(_)
            | Event::Disabled(_)
            | Event::VisibilityChanged(_)
            | Event::DeploymentModeChanged(_)
            | Event::FailoverPolicyChanged(_)
            | Event::ClusterRanked(_)
            | Event::RegistryCredentialSet(_)
            | Event::RegistryCredentialRemoved(_) => vec![],
        }
    }
}

fn unique(name: &Name) -> UniqueName {
    UniqueName { scope: "provider", key: name.key() }
}
