//! `DisableProvider`: hands off. Workloads keep running, nothing is probed or changed.

use super::{Event, Registered};
use serde::{Deserialize, Serialize};

/// A provider was disabled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Disabled {}

pub(super) fn decide(provider: &Registered) -> Vec<Event> {
    if provider.enabled { vec![Event::Disabled(Disabled {})] } else { vec![] }
}

#[cfg(test)]
mod tests {
    use crate::{
        provider::{Command, DeploymentMode, Error, Provider},
        testing::{cluster_added, created, disabled, enabled, given},
    };

    #[test]
    fn an_enabled_provider_is_disabled() {
        given::<Provider>([created(DeploymentMode::Single), cluster_added(1), enabled()])
            .when(Command::Disable)
            .then([disabled()]);
    }

    #[test]
    fn a_disabled_provider_stays_disabled() {
        given::<Provider>([created(DeploymentMode::Single)]).when(Command::Disable).then([]);
    }

    #[test]
    fn an_unknown_provider_is_not_disabled() {
        given::<Provider>([]).when(Command::Disable).then_refused(Error::NotFound);
    }
}
