//! `CreateProvider`: registers a provider, disabled, with the clusters that are known already.

use super::{
    Cluster, DeploymentMode, Error, Event, FailoverPolicy, Kind, Provider, Registered, Visibility,
    add_cluster,
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
            failover_policy: FailoverPolicy::default(),
            clusters: BTreeMap::new(),
            registries: BTreeMap::new(),
        }
    }
}

pub(super) fn decide(provider: &Provider, create: Create) -> Result<Vec<Event>, Error> {
    match provider {
        Provider::Present(_) => return Err(Error::AlreadyExists),
        Provider::Removed => return Err(Error::Removed),
        Provider::Absent => {}
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        provider::{Command, cluster::Field},
        testing::{cluster, cluster_added, created, given, name},
    };

    fn create(deployment_mode: DeploymentMode, clusters: Vec<Cluster>) -> Command {
        Command::Create(Create {
            name: name("Paris"),
            kind: Kind::Swarm,
            visibility: Visibility::Public,
            deployment_mode,
            comments: "the first".to_owned(),
            clusters,
        })
    }

    #[test]
    fn a_provider_is_created_without_a_cluster() {
        given::<Provider>([])
            .when(create(DeploymentMode::Single, vec![]))
            .then([created(DeploymentMode::Single)]);
    }

    #[test]
    fn a_provider_is_created_with_the_clusters_known_already() {
        given::<Provider>([])
            .when(create(DeploymentMode::ActivePassive, vec![cluster(1), cluster(2)]))
            .then([created(DeploymentMode::ActivePassive), cluster_added(1), cluster_added(2)]);
    }

    #[test]
    fn a_created_provider_is_disabled() {
        let Event::Created(created) = created(DeploymentMode::Single) else { unreachable!() };
        assert!(!created.registered().enabled);
    }

    #[test]
    fn a_provider_is_not_created_twice() {
        given::<Provider>([created(DeploymentMode::Single)])
            .when(create(DeploymentMode::Single, vec![]))
            .then_refused(Error::AlreadyExists);
    }

    #[test]
    fn mode_single_is_not_created_with_two_clusters() {
        given::<Provider>([])
            .when(create(DeploymentMode::Single, vec![cluster(1), cluster(2)]))
            .then_refused(Error::SingleCluster);
    }

    #[test]
    fn first_clusters_are_judged_beside_each_other() {
        let twin = Cluster { name: cluster(1).name, ..cluster(2) };
        given::<Provider>([])
            .when(create(DeploymentMode::ActiveActive, vec![cluster(1), twin]))
            .then_refused(Error::ClusterTaken(Field::Name));
    }

    #[test]
    fn more_first_clusters_than_allowed_are_refused() {
        let most = Registered::CLUSTERS_MAX;
        let clusters = (1..=most + 1).map(|number| cluster(u16::try_from(number).unwrap()));
        given::<Provider>([])
            .when(create(DeploymentMode::ActiveActive, clusters.collect()))
            .then_refused(Error::TooManyClusters { most });
    }
}
