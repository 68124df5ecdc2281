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
