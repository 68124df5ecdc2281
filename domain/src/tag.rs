//! What an event touched: `provider:<id>`, `cluster:<id>` … "Everything that touched this provider"
//! is one indexed query over tags, across streams.

use crate::ids::{
    CertificateId, ClusterId, ImageId, NodeId, OrganizationId, PrincipalId, ProfileId, ProviderId,
    RoleId, SecretId, TokenId, WorkloadId,
};
use std::fmt;

/// One thing that an event touched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

impl Tag {
    /// `certificate:<id>`
    #[must_use]
    pub fn certificate(id: CertificateId) -> Self {
        Self(format!("certificate:{id}"))
    }
    /// `cluster:<id>`
    #[must_use]
    pub fn cluster(id: ClusterId) -> Self {
        Self(format!("cluster:{id}"))
    }
    /// `image:<id>`
    #[must_use]
    pub fn image(id: ImageId) -> Self {
        Self(format!("image:{id}"))
    }
    /// `node:<id>`
    #[must_use]
    pub fn node(id: NodeId) -> Self {
        Self(format!("node:{id}"))
    }
    /// `organization:<id>`
    #[must_use]
    pub fn organization(id: OrganizationId) -> Self {
        Self(format!("organization:{id}"))
    }
    /// `principal:<id>`
    #[must_use]
    pub fn principal(id: PrincipalId) -> Self {
        Self(format!("principal:{id}"))
    }
    /// `profile:<id>`
    #[must_use]
    pub fn profile(id: ProfileId) -> Self {
        Self(format!("profile:{id}"))
    }
    /// `provider:<id>`
    #[must_use]
    pub fn provider(id: ProviderId) -> Self {
        Self(format!("provider:{id}"))
    }
    /// `role:<id>`
    #[must_use]
    pub fn role(id: RoleId) -> Self {
        Self(format!("role:{id}"))
    }
    /// `secret:<id>`
    #[must_use]
    pub fn secret(id: SecretId) -> Self {
        Self(format!("secret:{id}"))
    }
    /// `token:<id>`
    #[must_use]
    pub fn token(id: TokenId) -> Self {
        Self(format!("token:{id}"))
    }
    /// `workload:<id>`
    #[must_use]
    pub fn workload(id: WorkloadId) -> Self {
        Self(format!("workload:{id}"))
    }
    /// The tag as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
