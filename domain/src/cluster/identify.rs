//! `IdentifyCluster`: which real cluster answered.
//!
//! A real cluster belongs to one provider of the instance, once: two that drive it would undo what
//! the other does. Its own id is claimed as a unique name, so of two that meet it at once one is
//! second. Whoever is second keeps what it had before, and is not worked on until it meets another
//! cluster, or the first gives this one up.

use super::{Event, Identity, Rejection};
use crate::{
    change::Change,
    claim::UniqueName,
    ids::{ClusterId, ProviderId},
};
use serde::{Deserialize, Serialize};

/// A registered cluster met a real one.
#[derive(Clone, Debug)]
pub struct IdentifyCluster {
    /// The real one's own id.
    pub native_id: String,
    /// Which other registered cluster it belongs to, if it does.
    pub holder: Option<ClusterId>,
    /// The provider of the one that met it.
    pub provider: ProviderId,
}

/// The real cluster behind a registered one is known, and is that one's alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Identified {
    /// The cluster's own id: that of the Swarm, or of the namespace `kube-system`.
    pub native_id: String,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
}

/// Another real cluster answers where one was known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct IdentityChanged {
    /// The cluster's own id.
    pub native_id: Change<String>,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
}

/// The real cluster belongs to another registered one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rejected {
    /// The one that it belongs to.
    pub duplicate_of: ClusterId,
    /// The real cluster's own id.
    pub native_id: String,
    /// The provider of the cluster that is rejected.
    pub provider_id: ProviderId,
}

/// The name under which a real cluster is somebody's.
#[must_use]
pub fn unique(native_id: &str) -> UniqueName {
    UniqueName { scope: "cluster", key: native_id.to_owned() }
}

pub(super) fn decide(
    known: Option<&Identity>,
    rejection: Option<&Rejection>,
    met: IdentifyCluster,
) -> Vec<Event> {
    let IdentifyCluster { native_id, holder, provider: provider_id } = met;
    if let Some(duplicate_of) = holder {
        let again = Rejection { duplicate_of, native_id: native_id.clone() };
        return match rejection {
            Some(rejection) if *rejection == again => vec![],
            Some(_) | None => {
                vec![Event::Rejected(Rejected { duplicate_of, native_id, provider_id })]
            }
        };
    }
    match known {
        Some(known) if known.native_id == native_id && rejection.is_none() => vec![],
        Some(known) if known.native_id != native_id => {
            let native_id = Change { before: known.native_id.clone(), after: native_id };
            vec![Event::IdentityChanged(IdentityChanged { native_id, provider_id })]
        }
        // Also when it is met again after another was.
        Some(_) | None => vec![Event::Identified(Identified { native_id, provider_id })],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Aggregate,
        claim::Claim,
        cluster::{Cluster, Command},
        testing::{
            cluster,
            connectivity::{identified, identity_changed, rejected, released},
            fold, given, place,
        },
    };

    fn met(native_id: &str, holder: Option<ClusterId>) -> Command {
        let provider = place().provider;
        Command::Identify(IdentifyCluster { native_id: native_id.to_owned(), holder, provider })
    }

    fn other() -> Option<ClusterId> {
        Some(cluster(2).id)
    }

    #[test]
    fn a_real_cluster_is_known_from_the_first_contact_on() {
        given::<Cluster>([]).when(met("a", None)).then([identified("a")]);
        given::<Cluster>([identified("a")]).when(met("a", None)).then([]);
    }

    #[test]
    fn another_one_that_answers_there_is_a_change() {
        given::<Cluster>([identified("a")]).when(met("b", None)).then([identity_changed("a", "b")]);
        given::<Cluster>([identified("a"), identity_changed("a", "b")])
            .when(met("b", None))
            .then([]);
    }

    #[test]
    fn one_that_belongs_to_another_is_rejected_once() {
        given::<Cluster>([]).when(met("a", other())).then([rejected("a", 2)]);
        given::<Cluster>([rejected("a", 2)]).when(met("a", other())).then([]);
        given::<Cluster>([rejected("a", 2)])
            .when(met("a", Some(cluster(3).id)))
            .then([rejected("a", 3)]);
        given::<Cluster>([identified("a")]).when(met("b", other())).then([rejected("b", 2)]);
    }

    #[test]
    fn a_rejection_ends_when_the_cluster_is_nobody_elses() {
        given::<Cluster>([rejected("a", 2)]).when(met("a", None)).then([identified("a")]);
        given::<Cluster>([identified("a"), rejected("b", 2)])
            .when(met("a", None))
            .then([identified("a")]);
        given::<Cluster>([identified("a"), rejected("b", 2)])
            .when(met("b", None))
            .then([identity_changed("a", "b")]);
        for end in [identified("a"), identity_changed("a", "b"), released("a")] {
            let state = fold::<Cluster>([identified("a"), rejected("b", 2), end]);
            assert_eq!(state.rejection, None);
        }
    }

    /// Whoever holds the name has the cluster; a name that is held is not taken twice.
    #[test]
    fn the_id_of_a_cluster_is_claimed_with_the_event() {
        let claims = |history: &[Event], event: &Event| {
            fold::<Cluster>(history.iter().cloned()).claims(event)
        };
        let (take, free) = (|id| Claim::Take(unique(id)), |id| Claim::Free(unique(id)));
        assert_eq!(claims(&[], &identified("a")), [take("a")]);
        // Its own name is no conflict.
        assert_eq!(claims(&[identified("a")], &identified("a")), [take("a")]);
        let changed = claims(&[identified("a")], &identity_changed("a", "b"));
        assert_eq!(changed, [free("a"), take("b")]);
        assert_eq!(claims(&[identified("a")], &rejected("b", 2)), []);
        assert_eq!(claims(&[identified("a")], &released("a")), [free("a")]);
    }
}
