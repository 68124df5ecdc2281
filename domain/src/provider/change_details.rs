//! `ChangeProviderDetails`: another name, other comments.

use super::{Event, Registered};
use crate::{change::Change, name::Name};
use serde::{Deserialize, Serialize};

/// Changes what is given and leaves the rest.
#[derive(Clone, Debug, Default)]
pub struct ChangeDetails {
    /// Another name.
    pub name: Option<Name>,
    /// Other comments.
    pub comments: Option<String>,
}

/// The name or the comments changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DetailsChanged {
    /// Present if the comments changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comments: Option<Change<String>>,
    /// Present if the name changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Change<Name>>,
}

impl DetailsChanged {
    pub(super) fn apply(&self, provider: &mut Registered) {
        if let Some(comments) = &self.comments {
            provider.comments.clone_from(&comments.after);
        }
        if let Some(name) = &self.name {
            provider.name = name.after.clone();
        }
    }
}

pub(super) fn decide(provider: &Registered, change: ChangeDetails) -> Vec<Event> {
    let changed = DetailsChanged {
        comments: Change::wanted(&provider.comments, change.comments),
        name: Change::wanted(&provider.name, change.name),
    };
    if changed.comments.is_none() && changed.name.is_none() {
        return vec![];
    }
    vec![Event::DetailsChanged(changed)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Aggregate,
        claim::{Claim, UniqueName},
        provider::{Command, DeploymentMode, Error, Provider},
        testing::{commented, created, fold, given, name, renamed},
    };

    fn rename(to: &str) -> Command {
        Command::ChangeDetails(ChangeDetails { name: Some(name(to)), comments: None })
    }

    #[test]
    fn a_provider_is_renamed() {
        given::<Provider>([created(DeploymentMode::Single)])
            .when(rename("Lyon"))
            .then([renamed("Paris", "Lyon")]);
    }

    #[test]
    fn comments_change_without_the_name() {
        let comments = Some("closed on Sundays".to_owned());
        given::<Provider>([created(DeploymentMode::Single)])
            .when(Command::ChangeDetails(ChangeDetails { name: None, comments }))
            .then([commented("the first", "closed on Sundays")]);
    }

    #[test]
    fn another_spelling_of_the_name_is_a_change() {
        given::<Provider>([created(DeploymentMode::Single)])
            .when(rename("PARIS"))
            .then([renamed("Paris", "PARIS")]);
    }

    #[test]
    fn what_is_wanted_already_changes_nothing() {
        given::<Provider>([created(DeploymentMode::Single), renamed("Paris", "Lyon")])
            .when(rename("Lyon"))
            .then([]);
        given::<Provider>([created(DeploymentMode::Single)])
            .when(Command::ChangeDetails(ChangeDetails::default()))
            .then([]);
    }

    #[test]
    fn an_unknown_provider_has_no_details() {
        given::<Provider>([]).when(rename("Lyon")).then_refused(Error::NotFound);
    }

    #[test]
    fn a_new_name_is_taken_and_the_old_one_given_up() {
        let unique = |key: &str| UniqueName { scope: "provider", key: key.to_owned() };
        let provider = fold::<Provider>([created(DeploymentMode::Single)]);
        assert_eq!(
            provider.claims(&renamed("Paris", "Lyon")),
            [Claim::Free(unique("paris")), Claim::Take(unique("lyon"))]
        );
        assert_eq!(provider.claims(&commented("the first", "")), []);
        let first = Provider::default().claims(&created(DeploymentMode::Single));
        assert_eq!(first, [Claim::Take(unique("paris"))]);
    }
}
