//! `CreateProvider`: registers a provider, disabled, with the clusters that are known already.

use super::{
    Cluster, DeploymentMode, Error, Event, Kind, Provider, Registered, Visibility, add_cluster,
};
use crate::name::Name;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Registers a provider.
#[derive(Clone, Debug)]
pub struct Create {
    /// Shown and unique.
    pub name: Name,
    /// Which engine its clusters run.
    pub kind: Kind,
    /// Who may use it.
    pub visibility: Visibility,
    /// How its clusters share its work.
    pub deployment_mode: DeploymentMode,
    /// Free text; may be empty.
    pub comments: String,
    /// Its first clusters.
    pub clusters: Vec<Cluster>,
}

/// A provider was registered; it is disabled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Created {
    /// Free text.
    pub comments: String,
    /// How its clusters share its work.
    pub deployment_mode: DeploymentMode,
    /// Which engine its clusters run.
    pub kind: Kind,
    /// Shown and unique.
    pub name: Name,
    /// Who may use it.
    pub visibility: Visibility,
}

impl Created {
    pub(super) fn registered(&self) -> Registered {
        Registered {
            name: self.name.clone(),
            kind: self.kind,
            visibility: self.visibility,
            deployment_mode: self.deployment_mode,
            enabled: false,
            comments: self.comments.clone(),
            clusters: BTreeMap::new(),
        }
    }
}

pub(super) fn decide(provider: &Provider, create: Create) -> Result<Vec<Event>, Error> {
    if let Provider::Present(_) = provider {
        return Err(Error::AlreadyExists);
    }
    let created = Created {
        comments: create.comments,
        deployment_mode: create.deployment_mode,
        kind: create.kind,
        name: create.name,
        visibility: create.visibility,
    };
    let mut registered = created.registered();
    let mut events = vec![Event::Created(created)];
    for cluster in create.clusters {
        events.extend(add_cluster::decide(&registered, cluster.clone())?);
        registered.clusters.insert(cluster.id, cluster);
    }
    Ok(events)
}
