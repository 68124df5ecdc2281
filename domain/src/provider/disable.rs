//! `DisableProvider`: hands off. Workloads keep running, nothing is probed or changed. While any
//! run, it takes `force`: nobody looks after them any more.

use super::{Error, Event, Registered, User};
use serde::{Deserialize, Serialize};
use std::ops::Not;

/// Hands off.
#[derive(Clone, Debug, Default)]
pub struct Disable {
    /// Also while workloads run.
    pub force: bool,
    /// Those that use the provider.
    pub users: Vec<User>,
}

/// A provider was disabled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Disabled {
    /// Whether it was done with `force`: workloads that ran were no reason against it.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub forced: bool,
}

pub(super) fn decide(provider: &Registered, disable: Disable) -> Result<Vec<Event>, Error> {
    if !provider.enabled {
        return Ok(vec![]);
    }
    let running: Vec<User> = disable.users.into_iter().filter(|user| user.runs).collect();
    if !disable.force && !running.is_empty() {
        return Err(Error::WorkloadsRun(running));
    }
    Ok(vec![Event::Disabled(Disabled { forced: disable.force })])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        provider::{Command, DeploymentMode, Provider},
        testing::{cluster_added, created, disabled, enabled, given, user},
    };

    fn disable(users: Vec<User>) -> Command {
        Command::Disable(Disable { force: false, users })
    }

    fn given_an_enabled_one() -> crate::testing::Given<Provider> {
        given::<Provider>([created(DeploymentMode::Single), cluster_added(1), enabled()])
    }

    #[test]
    fn an_enabled_provider_is_disabled() {
        given_an_enabled_one().when(disable(vec![])).then([disabled()]);
    }

    #[test]
    fn a_provider_is_not_disabled_under_running_workloads() {
        let stopped = User { runs: false, ..user(2) };
        given_an_enabled_one()
            .when(disable(vec![user(1), stopped]))
            .then_refused(Error::WorkloadsRun(vec![user(1)]));
    }

    #[test]
    fn with_force_it_is_and_without_running_workloads_too() {
        let force = Disable { force: true, users: vec![user(1)] };
        given_an_enabled_one().when(Command::Disable(force)).then([forced()]);
        let stopped = User { runs: false, ..user(2) };
        given_an_enabled_one().when(disable(vec![stopped])).then([disabled()]);
    }

    fn forced() -> Event {
        Disabled { forced: true }.into()
    }

    #[test]
    fn what_was_not_forced_is_written_as_ever() {
        assert_eq!(serde_json::to_string(&disabled()).unwrap(), "{}");
        assert_eq!(serde_json::to_string(&forced()).unwrap(), r#"{"forced":true}"#);
    }

    #[test]
    fn a_disabled_provider_stays_disabled() {
        given::<Provider>([created(DeploymentMode::Single)]).when(disable(vec![user(1)])).then([]);
    }

    #[test]
    fn an_unknown_provider_is_not_disabled() {
        given::<Provider>([]).when(disable(vec![])).then_refused(Error::NotFound);
    }
}
