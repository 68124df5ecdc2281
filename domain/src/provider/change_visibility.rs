//! `ChangeProviderVisibility`: public or private.

use super::{Event, Registered, Visibility};
use crate::change::Change;
use serde::{Deserialize, Serialize};

/// A provider became public or private.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
