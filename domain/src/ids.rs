//! Every id there is, in one alphabetical list, so that a node can never be passed for a cluster.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// A key with its chain, kept once and used by many clusters.
    CertificateId
    /// One real Swarm or Kubernetes API behind a provider.
    ClusterId
    /// One intention, recorded once. UUIDv5 of principal and `Idempotency-Key`, else random.
    CommandId
    /// Joins everything that one cause set in motion.
    CorrelationId
    /// One event. UUIDv5 of its command and its place in it, so that a retry makes the same id.
    EventId
    /// A container image declared on a provider.
    ImageId
    /// One Berth: all processes over one log.
    InstanceId
    /// A machine of a cluster: UUIDv5 of cluster id and native id.
    NodeId
    /// A tenant.
    OrganizationId
    /// Who acts: a random id; the name lives in a table beside the log.
    PrincipalId
    /// An organization's container profile.
    ProfileId
    /// What an administrator registers: one or more clusters under one name.
    ProviderId
    /// One secret value in the vault, in all its versions. The log knows it by this id alone.
    RecordId
    /// A role of a principal: UUIDv5 of the principal and the role with its place.
    RoleId
    /// A named value that workloads mount.
    SecretId
    /// A token of a principal; its id is no secret.
    TokenId
    /// Containers started from a profile.
    WorkloadId
}

impl NodeId {
    /// The same machine always gets the same id, however often it is discovered.
    #[must_use]
    pub fn of(cluster: ClusterId, native: &str) -> Self {
        Self(Uuid::new_v5(&cluster.0, native.as_bytes()))
    }
}

impl CommandId {
    /// The id of a command that a client may repeat.
    #[must_use]
    pub fn repeatable(principal: PrincipalId, key: &str) -> Self {
        Self(Uuid::new_v5(&principal.0, key.as_bytes()))
    }
}

impl EventId {
    /// The id of the `index`th event of a command.
    #[must_use]
    pub fn of(command: CommandId, index: usize) -> Self {
        Self(Uuid::new_v5(&command.0, index.to_string().as_bytes()))
    }
}

impl RecordId {
    /// The key of the digests by which a repeated request is told from another one.
    pub const DIGEST_KEY: Self = Self(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0101));

    /// The record of a value that a command brings along. The same command, sent again, means the
    /// same record, so that no copy of the value is left that nothing knows of.
    #[must_use]
    pub fn of(command: CommandId, value: &str) -> Self {
        Self(Uuid::new_v5(&command.0, value.as_bytes()))
    }
}

impl PrincipalId {
    /// The worker, when it reports what a cluster did.
    pub const WORKER: Self = Self(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0001));
}
