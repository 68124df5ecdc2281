//! Every reason for which a command is refused, so that the HTTP side can match them all.

use domain::{
    StreamId, Version, access, certificate, claim::UniqueName, cluster, ids::PrincipalId, image,
    node, node_observation, organization, profile, provider, secret, timestamp::Timestamp,
    workload,
};
use std::convert::Infallible;

/// Nothing that is reported of a workload is ever refused.
impl From<Infallible> for Refusal {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Why a command was refused. Nothing was recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A rule of tokens and roles.
    #[error(transparent)]
    Access(#[from] access::Error),
    /// A rule of certificates.
    #[error(transparent)]
    Certificate(#[from] certificate::Error),
    /// A rule of tests of connections.
    #[error(transparent)]
    Cluster(#[from] cluster::Error),
    /// A rule of images.
    #[error(transparent)]
    Image(#[from] image::Error),
    /// A rule of nodes.
    #[error(transparent)]
    Node(#[from] node::Error),
    /// A rule of reports about nodes.
    #[error(transparent)]
    NodeObservation(#[from] node_observation::Error),
    /// A rule of organizations.
    #[error(transparent)]
    Organization(#[from] organization::Error),
    /// A rule of profiles.
    #[error(transparent)]
    Profile(#[from] profile::Error),
    /// A rule of providers.
    #[error(transparent)]
    Provider(#[from] provider::Error),
    /// A rule of secrets.
    #[error(transparent)]
    Secret(#[from] secret::Error),
    /// A rule of workloads.
    #[error(transparent)]
    Workload(#[from] workload::Error),
    /// The name belongs to another one.
    #[error("another {} has a name that reads the same", name.scope)]
    NameTaken {
        /// The name.
        name: UniqueName,
        /// Who has it.
        by: StreamId,
    },
    /// Something still uses it.
    #[error("it is still in use")]
    Referred {
        /// Some of those that use it.
        by: Vec<StreamId>,
    },
    /// More use it than a decision can look through.
    #[error("more than {most} use it, which is more than one command looks through")]
    TooManyUsers {
        /// The bound.
        most: u16,
    },
    /// It was removed before.
    #[error("`{stream}` was removed")]
    Ended {
        /// What was removed.
        stream: StreamId,
    },
    /// The `Idempotency-Key` was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// With `If-Match`: somebody was faster.
    #[error("version {expected} is gone; the current version is {current}")]
    VersionGone {
        /// What the client had seen.
        expected: Version,
        /// What there is now.
        current: Version,
        /// What happened since, oldest first, at most `SINCE_SHOWN_MAX`.
        since: Vec<Since>,
    },
}

/// How many changes a lost race names.
pub const SINCE_SHOWN_MAX: usize = 20;

/// A change that somebody else made meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Since {
    /// Who.
    pub actor: PrincipalId,
    /// When.
    pub at: Timestamp,
    /// What: the stored type.
    pub r#type: &'static str,
    /// The fields it changed.
    pub fields: Vec<String>,
}
