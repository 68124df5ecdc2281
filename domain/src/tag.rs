//! What an event touched: `provider:<id>`, `cluster:<id>` … "Everything that touched this provider"
//! is one indexed query over tags, across streams.

use crate::ids::{
    CertificateId, ClusterId, ImageId, NodeId, OrganizationId, PrincipalId, ProfileId, ProviderId,
    RoleId, SecretId, TokenId, WorkloadId,
};
use std::{fmt, str::FromStr};
use uuid::{Uuid, fmt::Hyphenated};

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

/// A text that names nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no tag; one looks like `provider:<uuid>`")]
pub struct NoTag(pub String);

impl FromStr for Tag {
    type Err = NoTag;
    fn from_str(text: &str) -> Result<Self, NoTag> {
        let none = || NoTag(text.to_owned());
        let (kind, id) = text.split_once(':').ok_or_else(none)?;
        let is_word = |c: char| c.is_ascii_lowercase() || c == '_';
        let is_usual = id.len() == Hyphenated::LENGTH;
        let id = Uuid::parse_str(id).ok().filter(|_| is_usual).ok_or_else(none)?;
        if kind.is_empty() || !kind.chars().all(is_word) {
            return Err(none());
        }
        Ok(Self(format!("{kind}:{id}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_as_it_is_written() {
        let tag = Tag::provider(ProviderId(Uuid::from_u128(7)));
        assert_eq!(tag.as_str().parse(), Ok(tag.clone()));
        assert_eq!(tag.as_str().to_uppercase().parse::<Tag>().ok(), None);
        for wrong in ["", "provider", "provider:", ":7", "provider:7", "pro vider:7"] {
            assert_eq!(wrong.parse::<Tag>(), Err(NoTag(wrong.to_owned())), "{wrong}");
        }
    }
}
