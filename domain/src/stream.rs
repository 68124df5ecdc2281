//! Names of streams, and the two numbers an event has: its place in its stream and in the log.

use crate::ids::{
    CertificateId, ClusterId, ImageId, NodeId, OrganizationId, PrincipalId, ProfileId, ProviderId,
    SecretId, WorkloadId,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// What a stream is about. Intent and observation are different kinds, so that what a cluster does
/// never races an administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// What a principal was given: its tokens and its roles.
    Access,
    /// A key with its chain, used by clusters.
    Certificate,
    /// What was observed of a cluster.
    Cluster,
    /// A container image declared on a provider.
    Image,
    /// What administrators decided about a node.
    Node,
    /// What a cluster showed of a node.
    NodeObservation,
    /// A tenant and its associations.
    Organization,
    /// An organization's container profile.
    Profile,
    /// What administrators decided about a provider and its clusters.
    Provider,
    /// What administrators decided about a secret.
    Secret,
    /// What became of a secret on its clusters.
    SecretObservation,
    /// What an organization decided about a workload, and where it was placed.
    Workload,
    /// What became of a workload on its clusters.
    WorkloadObservation,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Access,
        Self::Certificate,
        Self::Cluster,
        Self::Image,
        Self::Node,
        Self::NodeObservation,
        Self::Organization,
        Self::Profile,
        Self::Provider,
        Self::Secret,
        Self::SecretObservation,
        Self::Workload,
        Self::WorkloadObservation,
    ];

    /// The kind as it is stored: `node_observation`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Certificate => "certificate",
            Self::Cluster => "cluster",
            Self::Image => "image",
            Self::Node => "node",
            Self::NodeObservation => "node_observation",
            Self::Organization => "organization",
            Self::Profile => "profile",
            Self::Provider => "provider",
            Self::Secret => "secret",
            Self::SecretObservation => "secret_observation",
            Self::Workload => "workload",
            Self::WorkloadObservation => "workload_observation",
        }
    }
}

/// The name of a stream: `<kind>:<uuid>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    /// What the stream is about.
    pub kind: Kind,
    /// Which one.
    pub id: Uuid,
}

impl StreamId {
    /// The stream of what a principal was given.
    #[must_use]
    pub fn access(id: PrincipalId) -> Self {
        Self { kind: Kind::Access, id: id.0 }
    }
    /// The stream of a certificate.
    #[must_use]
    pub fn certificate(id: CertificateId) -> Self {
        Self { kind: Kind::Certificate, id: id.0 }
    }
    /// The stream of what was observed of a cluster.
    #[must_use]
    pub const fn cluster(id: ClusterId) -> Self {
        Self { kind: Kind::Cluster, id: id.0 }
    }
    /// The stream of an image.
    #[must_use]
    pub fn image(id: ImageId) -> Self {
        Self { kind: Kind::Image, id: id.0 }
    }
    /// The intent stream of a node.
    #[must_use]
    pub fn node(id: NodeId) -> Self {
        Self { kind: Kind::Node, id: id.0 }
    }
    /// The observation stream of a node.
    #[must_use]
    pub fn node_observation(id: NodeId) -> Self {
        Self { kind: Kind::NodeObservation, id: id.0 }
    }
    /// The stream of an organization.
    #[must_use]
    pub fn organization(id: OrganizationId) -> Self {
        Self { kind: Kind::Organization, id: id.0 }
    }
    /// The stream of a profile.
    #[must_use]
    pub fn profile(id: ProfileId) -> Self {
        Self { kind: Kind::Profile, id: id.0 }
    }
    /// The intent stream of a provider.
    #[must_use]
    pub fn provider(id: ProviderId) -> Self {
        Self { kind: Kind::Provider, id: id.0 }
    }
    /// The intent stream of a secret.
    #[must_use]
    pub fn secret(id: SecretId) -> Self {
        Self { kind: Kind::Secret, id: id.0 }
    }
    /// The observation stream of a secret.
    #[must_use]
    pub fn secret_observation(id: SecretId) -> Self {
        Self { kind: Kind::SecretObservation, id: id.0 }
    }
    /// The intent stream of a workload.
    #[must_use]
    pub fn workload(id: WorkloadId) -> Self {
        Self { kind: Kind::Workload, id: id.0 }
    }
    /// The observation stream of a workload.
    #[must_use]
    pub fn workload_observation(id: WorkloadId) -> Self {
        Self { kind: Kind::WorkloadObservation, id: id.0 }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.as_str(), self.id)
    }
}

/// A text that names no stream.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not the name of a stream; one looks like `provider:<uuid>`")]
pub struct NoStream(pub String);

impl FromStr for StreamId {
    type Err = NoStream;
    fn from_str(text: &str) -> Result<Self, NoStream> {
        let none = || NoStream(text.to_owned());
        let (kind, id) = text.split_once(':').ok_or_else(none)?;
        let kind = Kind::ALL.into_iter().find(|k| k.as_str() == kind).ok_or_else(none)?;
        Ok(Self { kind, id: Uuid::parse_str(id).map_err(|_| none())? })
    }
}

/// How many events a stream has; the first event makes version 1, an empty stream is at 0.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Version(pub i64);

impl Version {
    /// The version of a stream without events.
    pub const NONE: Self = Self(0);

    /// The version after one more event.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The place of an event in the log: 1, 2, 3 … without holes, in commit order.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Position(pub i64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
