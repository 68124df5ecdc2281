//! `RemoveProvider`: the provider is gone for ever, its name is free again. Nothing on its clusters
//! is touched. That nobody uses it any more is judged by the log too, under its lock.

use super::{Error, Event, Registered, User};
use crate::ids::ClusterId;
use serde::{Deserialize, Serialize};

/// A provider was removed, and its clusters with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Removed {
    /// The clusters that it had, by id.
    pub cluster_ids: Vec<ClusterId>,
}

pub(super) fn decide(provider: &Registered, users: Vec<User>) -> Result<Vec<Event>, Error> {
    if !users.is_empty() {
        return Err(Error::Used(users));
    }
    let cluster_ids = provider.clusters.keys().copied().collect();
    Ok(vec![Event::Removed(Removed { cluster_ids })])
}

#[cfg(test)]
mod tests {
    use crate::{
        Aggregate,
        claim::{Claim, UniqueName},
        provider::{Command, DeploymentMode, Error, Provider, disable::Disable},
        testing::{cluster, cluster_added, created, enabled, fold, given, provider_removed, user},
    };

    fn remove() -> Command {
        Command::Remove(vec![])
    }

    fn with_two_clusters() -> Vec<crate::provider::Event> {
        vec![created(DeploymentMode::ActivePassive), cluster_added(2), cluster_added(1)]
    }

    #[test]
    fn a_provider_is_removed_with_its_clusters() {
        given::<Provider>(with_two_clusters()).when(remove()).then([provider_removed(&[1, 2])]);
    }

    #[test]
    fn an_enabled_provider_that_nobody_uses_is_removed_too() {
        let history = with_two_clusters().into_iter().chain([enabled()]);
        given::<Provider>(history).when(remove()).then([provider_removed(&[1, 2])]);
    }

    #[test]
    fn a_provider_in_use_stays() {
        given::<Provider>(with_two_clusters())
            .when(Command::Remove(vec![user(1), user(2)]))
            .then_refused(Error::Used(vec![user(1), user(2)]));
    }

    #[test]
    fn removing_it_again_changes_nothing() {
        let history = [created(DeploymentMode::Single), provider_removed(&[])];
        given::<Provider>(history).when(remove()).then([]);
    }

    #[test]
    fn a_removed_provider_takes_no_other_command() {
        for command in
            [Command::Enable, Command::Disable(Disable::default()), Command::AddCluster(cluster(1))]
        {
            given::<Provider>([created(DeploymentMode::Single), provider_removed(&[])])
                .when(command)
                .then_refused(Error::Removed);
        }
    }

    #[test]
    fn an_unknown_provider_is_not_removed() {
        given::<Provider>([]).when(remove()).then_refused(Error::NotFound);
    }

    #[test]
    fn a_removed_provider_gives_up_its_name_and_ends() {
        let provider = fold::<Provider>([created(DeploymentMode::Single)]);
        let name = UniqueName { scope: "provider", key: "paris".to_owned() };
        assert_eq!(provider.claims(&provider_removed(&[])), [Claim::Free(name), Claim::End]);
    }
}
