//! `ReleaseCluster`: it is no longer registered, so the real cluster may be anybody's.

use super::{Event, Identity};
use crate::ids::ProviderId;
use serde::{Deserialize, Serialize};

/// A cluster that is no longer registered gave its real one up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Released {
    /// The real cluster's own id.
    pub native_id: String,
    /// The provider that the cluster had.
    pub provider_id: ProviderId,
}

pub(super) fn decide(known: Option<&Identity>) -> Vec<Event> {
    let Some(Identity { native_id, provider }) = known.cloned() else { return vec![] };
    vec![Event::Released(Released { native_id, provider_id: provider })]
}

#[cfg(test)]
mod tests {
    use crate::{
        cluster::{Cluster, Command},
        testing::{
            connectivity::{identified, rejected, released},
            given,
        },
    };

    #[test]
    fn what_is_known_is_given_up_once() {
        given::<Cluster>([identified("a")]).when(Command::Release).then([released("a")]);
        given::<Cluster>([identified("a"), released("a")]).when(Command::Release).then([]);
    }

    #[test]
    fn what_was_never_its_own_is_not_given_up() {
        given::<Cluster>([]).when(Command::Release).then([]);
        given::<Cluster>([rejected("a", 2)]).when(Command::Release).then([]);
    }
}
