//! `ChangeDeploymentMode`: the clusters of a provider share its work in another way. What runs
//! stays where it is; the mode decides where new work goes.

use super::{DeploymentMode, Error, Event, Registered};
use crate::change::Change;
use serde::{Deserialize, Serialize};

/// The clusters of a provider share its work in another way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeploymentModeChanged {
    /// Before and after.
    pub deployment_mode: Change<DeploymentMode>,
}

pub(super) fn decide(provider: &Registered, wanted: DeploymentMode) -> Result<Vec<Event>, Error> {
    let Some(deployment_mode) = Change::wanted(&provider.deployment_mode, Some(wanted)) else {
        return Ok(vec![]);
    };
    if wanted == DeploymentMode::Single && provider.clusters.len() > 1 {
        return Err(Error::SingleCluster);
    }
    Ok(vec![Event::DeploymentModeChanged(DeploymentModeChanged { deployment_mode })])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        provider::{Command, Provider},
        testing::{cluster_added, created, given, mode_changed},
    };
    use DeploymentMode as Mode;

    #[test]
    fn a_provider_with_one_cluster_takes_any_mode() {
        for (before, after) in [
            (Mode::Single, Mode::ActivePassive),
            (Mode::ActivePassive, Mode::ActiveActive),
            (Mode::ActiveActive, Mode::Single),
        ] {
            given::<Provider>([created(before), cluster_added(1)])
                .when(Command::ChangeDeploymentMode(after))
                .then([mode_changed(before, after)]);
        }
    }

    #[test]
    fn a_provider_without_a_cluster_takes_mode_single() {
        given::<Provider>([created(Mode::ActiveActive)])
            .when(Command::ChangeDeploymentMode(Mode::Single))
            .then([mode_changed(Mode::ActiveActive, Mode::Single)]);
    }

    #[test]
    fn two_clusters_do_not_fit_mode_single() {
        given::<Provider>([created(Mode::ActivePassive), cluster_added(1), cluster_added(2)])
            .when(Command::ChangeDeploymentMode(Mode::Single))
            .then_refused(Error::SingleCluster);
    }

    #[test]
    fn the_same_mode_again_changes_nothing() {
        given::<Provider>([created(Mode::ActivePassive), cluster_added(1), cluster_added(2)])
            .when(Command::ChangeDeploymentMode(Mode::ActivePassive))
            .then([]);
    }

    #[test]
    fn an_unknown_provider_has_no_mode() {
        given::<Provider>([])
            .when(Command::ChangeDeploymentMode(Mode::Single))
            .then_refused(Error::NotFound);
    }
}
