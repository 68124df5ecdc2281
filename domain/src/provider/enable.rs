//! `EnableProvider`: opens a provider to its organizations and lets the worker drive its clusters.

use super::{Error, Event, Registered};
use serde::{Deserialize, Serialize};

/// A provider was enabled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Enabled {}

pub(super) fn decide(provider: &Registered) -> Result<Vec<Event>, Error> {
    if provider.enabled {
        return Ok(vec![]);
    }
    if provider.clusters.is_empty() {
        return Err(Error::NoCluster);
    }
    Ok(vec![Event::Enabled(Enabled {})])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        provider::{Command, DeploymentMode, Provider},
        testing::{cluster_added, cluster_removed, created, disabled, enabled, given},
    };

    #[test]
    fn a_provider_with_a_cluster_is_enabled() {
        given::<Provider>([created(DeploymentMode::Single), cluster_added(1)])
            .when(Command::Enable)
            .then([enabled()]);
    }

    #[test]
    fn a_disabled_provider_is_enabled_again() {
        let mode = DeploymentMode::Single;
        given::<Provider>([created(mode), cluster_added(1), enabled(), disabled()])
            .when(Command::Enable)
            .then([enabled()]);
    }

    #[test]
    fn an_enabled_provider_stays_enabled() {
        given::<Provider>([created(DeploymentMode::Single), cluster_added(1), enabled()])
            .when(Command::Enable)
            .then([]);
    }

    #[test]
    fn a_provider_without_a_cluster_is_not_enabled() {
        given::<Provider>([created(DeploymentMode::Single)])
            .when(Command::Enable)
            .then_refused(Error::NoCluster);
        let emptied = [created(DeploymentMode::Single), cluster_added(1), cluster_removed(1)];
        given::<Provider>(emptied).when(Command::Enable).then_refused(Error::NoCluster);
    }

    #[test]
    fn an_unknown_provider_is_not_enabled() {
        given::<Provider>([]).when(Command::Enable).then_refused(Error::NotFound);
    }
}
