//! A container profile, as lists and its own page show it.

use crate::page::Shown;
use domain::{
    Timestamp, Version,
    constraint::Constraint,
    ids::{ImageId, OrganizationId, ProfileId, ProviderId},
    name::Name,
    profile::{Mount, Resources, environment::Environment},
    replicas::Replicas,
};
use serde::{Deserialize, Serialize};

/// A container profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its id.
    pub id: ProfileId,
    /// The version of its stream, for `If-Match`; what a workload pins.
    pub version: Version,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Where its containers run.
    pub provider_id: ProviderId,
    /// Which image of the provider.
    pub image_id: ImageId,
    /// Its name.
    pub name: Name,
    /// How many containers a workload starts with.
    pub replicas: Replicas,
    /// What is run instead of the image's own entry point.
    pub command: Vec<String>,
    /// Variables.
    pub environment: Environment,
    /// Secrets that are read as files.
    pub secrets: Vec<Mount>,
    /// How much one container may take.
    pub resources: Resources,
    /// What the labels of a node must be.
    pub constraints: Vec<Constraint>,
    /// How many workloads are made from it, from any of its versions.
    pub workload_count: u32,
    /// When it was defined.
    pub created_at: Timestamp,
    /// When anything about it changed last.
    pub updated_at: Timestamp,
    /// Whether an event about it is parked, so that the row may be out of date.
    pub stale: bool,
}

impl Shown for Row {
    fn set_stale(&mut self, stale: bool) {
        self.stale = stale;
    }
}
