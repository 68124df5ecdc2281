//! `ChangeProviderVisibility`: public or private.

use super::{Event, Registered, Visibility};
use crate::change::Change;
use serde::{Deserialize, Serialize};

/// A provider became public or private.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VisibilityChanged {
    /// Before and after.
    pub visibility: Change<Visibility>,
}

pub(super) fn decide(provider: &Registered, wanted: Visibility) -> Vec<Event> {
    Change::wanted(&provider.visibility, Some(wanted))
        .map(|visibility| Event::VisibilityChanged(VisibilityChanged { visibility }))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        provider::{Command, DeploymentMode, Error, Provider},
        testing::{created, given, made_private},
    };

    #[test]
    fn a_public_provider_turns_private() {
        given::<Provider>([created(DeploymentMode::Single)])
            .when(Command::ChangeVisibility(Visibility::Private))
            .then([made_private()]);
    }

    #[test]
    fn the_same_visibility_again_changes_nothing() {
        given::<Provider>([created(DeploymentMode::Single), made_private()])
            .when(Command::ChangeVisibility(Visibility::Private))
            .then([]);
    }

    #[test]
    fn an_unknown_provider_has_no_visibility() {
        given::<Provider>([])
            .when(Command::ChangeVisibility(Visibility::Private))
            .then_refused(Error::NotFound);
    }
}
