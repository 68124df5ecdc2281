//! One that uses a provider: what a refusal names, so that an administrator sees whom it would hit.

use crate::{
    StreamId,
    ids::{ClusterId, OrganizationId},
};

/// One that uses a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Which one: a workload, a profile, an organization, an image …
    pub stream: StreamId,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Whose it is, where it is somebody's.
    pub organization: Option<OrganizationId>,
    /// Where it was placed, if it is a workload that was.
    pub cluster: Option<ClusterId>,
    /// Whether it is a workload that is to run.
    pub runs: bool,
}
