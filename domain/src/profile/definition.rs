//! What a profile says: what `DefineProfile` asks for, what is recorded, and what is known of it.

use super::{Error, Mount, Resources, environment::Environment};
use crate::{
    constraint::Constraint,
    ids::{ImageId, OrganizationId, ProviderId, SecretId},
    name::Name,
    replicas::Replicas,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How containers of an organization are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// What is run instead of the image's own entry point; empty is the image's own.
    pub command: Vec<String>,
    /// What the labels of a node must be.
    pub constraints: Vec<Constraint>,
    /// Variables, readable by everybody who may read the profile.
    pub environment: Environment,
    /// Which image of the provider.
    pub image_id: ImageId,
    /// Unique within the organization.
    pub name: Name,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Where its containers run.
    pub provider_id: ProviderId,
    /// How many containers a workload starts with.
    pub replicas: Replicas,
    /// How much one container may take.
    pub resources: Resources,
    /// Secrets that are read as files.
    pub secrets: Vec<Mount>,
}

impl Definition {
    /// The most bytes of command and environment together. Engines, the broker and the log carry
    /// them as one message; both values of a change must fit into it too.
    pub const TEXT_BYTES_MAX: usize = 64 * 1024;

    /// The secrets it uses, each once.
    #[must_use]
    pub fn secret_ids(&self) -> BTreeSet<SecretId> {
        self.secrets.iter().map(|mount| mount.secret_id).collect()
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let command = self.command.iter().map(String::len);
        let environment =
            self.environment.iter().map(|(name, value)| name.as_str().len() + value.len());
        let has = command.chain(environment).sum();
        let most = Self::TEXT_BYTES_MAX;
        if has > most { Err(Error::TooLarge { most, has }) } else { Ok(()) }
    }
}
