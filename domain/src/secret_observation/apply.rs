//! A cluster holds a version: its objects are there, and what mounts the secret is made from it.

use super::{Event, Known, Object, Of};
use crate::{
    Position,
    ids::{ClusterId, ProviderId},
};
use serde::{Deserialize, Serialize};

/// A cluster holds a version of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Applied {
    /// The cluster.
    pub cluster_id: ClusterId,
    /// What holds it there, in order; none where nobody there needs it yet.
    pub objects: Vec<Object>,
    /// The provider of both.
    pub provider_id: ProviderId,
    /// The last event of the secret that it was made from.
    pub through_position: Position,
    /// Which version of the value.
    pub value_version: u32,
}

pub(super) fn decide(known: &Known, of: Of, through: Position, objects: Vec<Object>) -> Vec<Event> {
    let held = known.held.as_ref();
    let is_same = held.is_some_and(|held| held.version == of.version && held.objects == objects);
    let is_refused = known.rejected.as_ref().is_some_and(|no| no.version <= of.version);
    if known.is_past(of.version) || (is_same && !is_refused) {
        return vec![];
    }
    vec![Event::Applied(Applied {
        cluster_id: of.cluster,
        objects,
        provider_id: of.provider,
        through_position: through,
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
            secret_observation::{applied, applied_as, object, of, refused},
        },
    };

    fn report(cluster: u16, version: u32, objects: Vec<Object>) -> Command {
        let through = Position(i64::from(version));
        Command::ReportApplied { of: of(cluster, version), through, objects }
    }

    #[test]
    fn a_version_is_held_once_and_an_older_one_is_no_news() {
        let objects = |version| vec![object(version, "a")];
        let known = || [applied(1, 2)];
        given::<SecretObservation>([]).when(report(1, 2, objects(2))).then([applied(1, 2)]);
        given::<SecretObservation>(known()).when(report(1, 2, objects(2))).then([]);
        given::<SecretObservation>(known()).when(report(1, 1, objects(1))).then([]);
        given::<SecretObservation>(known()).when(report(1, 3, objects(3))).then([applied(1, 3)]);
        given::<SecretObservation>(known()).when(report(2, 2, objects(2))).then([applied(2, 2)]);
    }

    #[test]
    fn more_objects_of_the_same_version_are_news() {
        let more = vec![object(2, "a"), object(2, "b")];
        given::<SecretObservation>([applied(1, 2)])
            .when(report(1, 2, more.clone()))
            .then([applied_as(1, 2, more)]);
    }

    #[test]
    fn what_was_refused_and_is_there_now_is_news() {
        let history = || [applied(1, 2), refused(1, 2, "no room")];
        let objects = vec![object(2, "a")];
        given::<SecretObservation>(history())
            .when(report(1, 2, objects.clone()))
            .then([applied(1, 2)]);
        let cured = history().into_iter().chain([applied(1, 2)]);
        given::<SecretObservation>(cured).when(report(1, 2, objects)).then([]);
    }
}
