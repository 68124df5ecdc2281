//! A provider, as its profile shows it.

use crate::{
    apply::Error,
    decoded::Decoded,
    page::Shown,
    provider_list::row::{Health, LastTest, State},
};
use domain::{
    Timestamp, Version,
    cluster_url::ClusterUrl,
    ids::{CertificateId, ClusterId, OrganizationId, ProviderId},
    image::Registry,
    kept::Kept,
    name::Name,
    provider::{
        self, DeploymentMode, FailoverPolicy, Kind, Visibility,
        change_cluster_endpoint::ClusterEndpointChanged, rank_clusters::ClusterRanked,
        set_registry_credential::RegistryCredentialSet,
    },
};
use serde::{Deserialize, Serialize};

/// What a cluster does for its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes the work.
    Primary,
    /// Waits for the primary to fail.
    Standby,
    /// Shares the work with the others.
    Active,
}

/// A cluster, as the profile of its provider shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// Its id.
    pub id: ClusterId,
    /// Its name.
    pub name: Name,
    /// Where its API answers.
    pub url: ClusterUrl,
    /// Other managers of the same cluster.
    pub urls: Vec<ClusterUrl>,
    /// The name that TLS asks for.
    pub server_name: Option<String>,
    /// Its place in the order of fallbacks.
    pub rank: u16,
    /// Its share of the draws.
    pub weight: u16,
    /// What it does for its provider.
    pub role: Role,
    /// How well it is.
    pub health: Health,
    /// The certificate that it is reached with.
    #[serde(default)]
    pub certificate_id: Option<CertificateId>,
    /// The authorities by which it is verified.
    #[serde(default)]
    pub ca: Option<String>,
    /// Whether a token is kept for it.
    #[serde(default)]
    pub has_token: bool,
    /// What its last test came to; none while nobody has tested it.
    pub last_test: Option<LastTest>,
    /// The real cluster's own id; none before the first contact.
    #[serde(default)]
    pub native_id: Option<String>,
    /// The cluster that the real one belongs to, while this one is rejected.
    #[serde(default)]
    pub duplicate_of: Option<ClusterId>,
}

impl Cluster {
    /// A real cluster answered, and is this one's.
    pub(super) fn meet(&mut self, native_id: &str) {
        self.native_id = Some(native_id.to_owned());
        self.duplicate_of = None;
    }
}

/// With whom images are pulled from a registry: where that is kept, and since when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Credential {
    /// The registry.
    pub registry: Registry,
    /// Where user and password are.
    pub kept: Kept,
    /// The version of the provider that it came with.
    pub version: Version,
    /// When it was set.
    pub set_at: Timestamp,
}

/// An organization associated with the provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: Name,
}

/// A provider, as its profile shows it.
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
    /// When work leaves a cluster, and when it comes back.
    pub failover_policy: FailoverPolicy,
    /// Its clusters, by rank.
    pub clusters: Vec<Cluster>,
    /// The registries that it has credentials for, by name.
    #[serde(default)]
    pub registries: Vec<Credential>,
    /// The organizations associated with it, by name; at most `ORGANIZATIONS_MAX`.
    #[serde(default)]
    pub organizations: Vec<Organization>,
    /// How many organizations are associated with it.
    #[serde(default)]
    pub organization_count: i64,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When anything about it changed last.
    pub updated_at: Timestamp,
    /// Whether an event about it is parked, so that the profile may be out of date.
    pub stale: bool,
}

impl Row {
    /// The most organizations that a profile names; all of them are a list of their own.
    pub const ORGANIZATIONS_MAX: u8 = 200;

    /// What the last tests of its clusters came to; none while nobody has tested any.
    #[must_use]
    pub fn last_test(&self) -> Option<LastTest> {
        LastTest::of_all(self.clusters.iter().filter_map(|cluster| cluster.last_test.clone()))
    }

    /// Adds a cluster, or replaces the one with its id.
    pub(super) fn put_cluster(&mut self, cluster: &provider::Cluster) {
        let shown = Cluster {
            id: cluster.id,
            name: cluster.name.clone(),
            url: cluster.url.clone(),
            urls: cluster.urls.clone(),
            server_name: cluster.server_name.clone(),
            rank: cluster.rank,
            weight: cluster.weight,
            role: Role::Standby,
            health: Health::Unknown,
            certificate_id: cluster.certificate_id,
            ca: cluster.ca.clone(),
            has_token: cluster.token.is_some(),
            last_test: None,
            native_id: None,
            duplicate_of: None,
        };
        self.clusters.retain(|other| other.id != cluster.id);
        self.clusters.push(shown);
        self.arrange();
    }

    /// Reaches a cluster in another way.
    pub(super) fn change_endpoint(
        &mut self,
        changed: &ClusterEndpointChanged,
    ) -> Result<(), Error> {
        let named = |cluster: &&mut Cluster| cluster.id == changed.cluster_id;
        let cluster = self.clusters.iter_mut().find(named).ok_or(Error::NoRow)?;
        if let Some(change) = &changed.certificate_id {
            cluster.certificate_id = change.after;
        }
        if let Some(change) = &changed.ca {
            cluster.ca.clone_from(&change.after);
        }
        if let Some(change) = &changed.token {
            cluster.has_token = change.after.is_some();
        }
        if let Some(change) = &changed.server_name {
            cluster.server_name.clone_from(&change.after);
        }
        if let Some(change) = &changed.url {
            cluster.url = change.after.clone();
        }
        if let Some(change) = &changed.urls {
            cluster.urls.clone_from(&change.after);
        }
        Ok(())
    }

    /// Gives clusters other ranks and weights.
    pub(super) fn rank(&mut self, ranked: &ClusterRanked) -> Result<(), Error> {
        for ranked in &ranked.clusters {
            let named = |cluster: &&mut Cluster| cluster.id == ranked.cluster_id;
            let cluster = self.clusters.iter_mut().find(named).ok_or(Error::NoRow)?;
            if let Some(rank) = &ranked.rank {
                cluster.rank = rank.after;
            }
            if let Some(weight) = &ranked.weight {
                cluster.weight = weight.after;
            }
        }
        self.arrange();
        Ok(())
    }

    /// Lets the clusters share the work in another way.
    pub(super) fn set_mode(&mut self, mode: DeploymentMode) {
        self.deployment_mode = mode;
        self.arrange();
    }

    /// Takes a cluster away.
    pub(super) fn drop_cluster(&mut self, id: ClusterId) {
        self.clusters.retain(|cluster| cluster.id != id);
        self.arrange();
    }

    /// Takes the credential of a registry in, in the place of the one before.
    pub(super) fn put_credential(&mut self, set: &RegistryCredentialSet, recorded: &Decoded) {
        self.drop_credential(&set.registry);
        self.registries.push(Credential {
            registry: set.registry.clone(),
            kept: set.credential.clone(),
            version: recorded.version,
            set_at: recorded.recorded_at,
        });
        self.registries.sort_by(|one, other| one.registry.cmp(&other.registry));
    }

    /// Takes the credential of a registry away.
    pub(super) fn drop_credential(&mut self, registry: &Registry) {
        self.registries.retain(|credential| credential.registry != *registry);
    }

    /// Puts the clusters in order and says what each is there for.
    fn arrange(&mut self) {
        self.clusters.sort_by_key(|cluster| (cluster.rank, cluster.id));
        for (place, cluster) in self.clusters.iter_mut().enumerate() {
            cluster.role = match (self.deployment_mode, place) {
                (DeploymentMode::ActiveActive, _) => Role::Active,
                (DeploymentMode::Single | DeploymentMode::ActivePassive, 0) => Role::Primary,
                (DeploymentMode::Single | DeploymentMode::ActivePassive, _) => Role::Standby,
            };
        }
    }
}

impl Shown for Row {
    fn set_stale(&mut self, stale: bool) {
        self.stale = stale;
    }
}
