//! What holds a version was taken away behind Berth's back, and put back.

use super::{Event, Known, Object, Of};
use crate::ids::{ClusterId, ProviderId};
use serde::{Deserialize, Serialize};

/// What holds a version of a secret was put back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Restored {
    /// The cluster.
    pub cluster_id: ClusterId,
    /// What holds it there now, in order.
    pub objects: Vec<Object>,
    /// The provider of both.
    pub provider_id: ProviderId,
    /// Which version of the value.
    pub value_version: u32,
}

/// It is seen rather than remembered: what has another id than what was held was made again.
pub(super) fn decide(known: &Known, of: Of, objects: Vec<Object>) -> Vec<Event> {
    let Some(held) = known.held.as_ref().filter(|held| held.version == of.version) else {
        return vec![];
    };
    let is_another = |before: &Object| {
        let now = objects.iter().find(|now| now.name == before.name);
        now.is_some_and(|now| now.native_id != before.native_id)
    };
    if !held.objects.iter().any(is_another) {
        return vec![];
    }
    vec![Event::Restored(Restored {
        cluster_id: of.cluster,
        objects,
        provider_id: of.provider,
        value_version: of.version,
    })]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        secret_observation::{Command, SecretObservation},
        testing::{
            given,
            secret_observation::{applied, object, of, restored},
        },
    };

    fn report(version: u32, objects: Vec<Object>) -> Command {
        Command::ReportRestored { of: of(1, version), objects }
    }

    #[test]
    fn what_has_another_id_was_put_back_and_that_is_said_once() {
        let again = || vec![Object { native_id: "again".to_owned(), ..object(1, "a") }];
        given::<SecretObservation>([applied(1, 1)]).when(report(1, again())).then([restored(
            1,
            1,
            again(),
        )]);
        given::<SecretObservation>([applied(1, 1), restored(1, 1, again())])
            .when(report(1, again()))
            .then([]);
    }

    #[test]
    fn what_was_not_held_or_is_as_it_was_is_not_put_back() {
        given::<SecretObservation>([]).when(report(1, vec![object(1, "a")])).then([]);
        let known = || [applied(1, 1)];
        given::<SecretObservation>(known()).when(report(1, vec![object(1, "a")])).then([]);
        given::<SecretObservation>(known()).when(report(2, vec![object(2, "a")])).then([]);
    }
}
