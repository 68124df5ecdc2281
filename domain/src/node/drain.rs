//! `DrainNode`: what runs on the node is to leave it, before a deadline. A job that lasts: it is
//! under way from here until `node_observation` has its end, or until somebody decides otherwise.

use super::{Drain, Error, Event, Node, Place};
use crate::{
    Timestamp, Version,
    availability::Availability,
    ids::{ClusterId, ProviderId},
    node_observation::drain::End,
};
use serde::{Deserialize, Serialize};

/// What runs on the node is to leave it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DrainStarted {
    /// The availability that a cancelled drain goes back to.
    pub before: Availability,
    /// The cluster of the node.
    pub cluster_id: ClusterId,
    /// When it has failed if anything is left.
    pub deadline: Timestamp,
    /// Whether that is ended, too, which nobody starts again elsewhere, or which loses data that
    /// is on this node alone.
    pub forced: bool,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
}

/// How a drain is to be done, and what is known of the node as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// When it has failed if anything is left.
    pub deadline: Timestamp,
    /// Whether that is ended, too, which nobody starts again elsewhere.
    pub forced: bool,
    /// What the cluster shows now.
    pub shown: Availability,
    /// The version of the intent that the cluster took over last.
    pub applied: Version,
    /// How the last drain ended, by the version of the intent that started it.
    pub ended: Option<(Version, End)>,
}

impl Start {
    fn ended(&self, drain: &Drain) -> Option<End> {
        self.ended.filter(|(version, _)| *version == drain.version).map(|(_, end)| end)
    }
}

/// `POST …/drain`: begins, also anew after an end. One that is under way has its own deadline.
pub(super) fn decide(node: &Node, place: Place, start: &Start) -> Result<Vec<Event>, Error> {
    match &node.drain {
        Some(drain) if start.ended(drain).is_none() => {
            Err(Error::Draining { deadline: drain.deadline })
        }
        Some(_) | None => Ok(vec![begun(node, place, start)]),
    }
}

/// `PUT …/availability`: drained it is to be, so one that is under way or done is as wanted.
pub(super) fn wanted(node: &Node, place: Place, start: &Start) -> Vec<Event> {
    match node.drain.as_ref().map(|drain| start.ended(drain)) {
        Some(None | Some(End::Completed)) => vec![],
        Some(Some(End::Failed)) | None => vec![begun(node, place, start)],
    }
}

fn begun(node: &Node, place: Place, start: &Start) -> Event {
    Event::DrainStarted(DrainStarted {
        before: before(node, start),
        cluster_id: place.cluster,
        deadline: start.deadline,
        forced: start.forced,
        provider_id: place.provider,
    })
}

/// What a cancelled drain goes back to: of a drain that is begun anew, what was before the first.
/// A decision that the cluster has taken over may have been made safer there, and then it is that;
/// a decision that it has not is what was wanted.
fn before(node: &Node, start: &Start) -> Availability {
    match (&node.drain, node.availability) {
        (Some(drain), _) => drain.before,
        (None, Some((wanted, since))) if since > start.applied => wanted,
        (None, Some((wanted, _))) => wanted.max(start.shown),
        (None, None) => start.shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        node::{Command, set_availability::Target},
        testing::{
            availability_changed, drain_cancelled, drain_deadline, drain_start, drain_started,
            given, place,
        },
    };

    #[test]
    fn a_drain_remembers_what_the_cluster_showed() {
        given::<Node>([])
            .when(Command::Drain(place(), Start { shown: Availability::Pause, ..drain_start() }))
            .then([drain_started("pause")]);
    }

    #[test]
    fn a_drain_remembers_what_was_wanted_or_what_somebody_made_safer() {
        let paused = || given::<Node>([availability_changed("pause", None)]);
        let applied = |version| Start { applied: Version(version), ..drain_start() };
        paused().when(Command::Drain(place(), applied(1))).then([drain_started("pause")]);
        let shown = Start { shown: Availability::Drain, ..applied(1) };
        paused().when(Command::Drain(place(), shown)).then([drain_started("drain")]);
        let unapplied = Start { shown: Availability::Drain, ..applied(0) };
        paused().when(Command::Drain(place(), unapplied)).then([drain_started("pause")]);
    }

    #[test]
    fn a_drain_under_way_is_not_begun_again() {
        given::<Node>([drain_started("active")])
            .when(Command::Drain(place(), drain_start()))
            .then_refused(Error::Draining { deadline: drain_deadline() });
        let wanted = Target::Drain(drain_start());
        given::<Node>([drain_started("active")])
            .when(Command::SetAvailability(place(), wanted))
            .then([]);
    }

    #[test]
    fn a_drain_that_ended_is_begun_anew_and_goes_back_to_what_was_before_the_first() {
        let ended = |end| Start {
            shown: Availability::Drain,
            ended: Some((Version(1), end)),
            ..drain_start()
        };
        let drained = || given::<Node>([drain_started("pause")]);
        for end in [End::Completed, End::Failed] {
            let again = Command::Drain(place(), ended(end));
            drained().when(again).then([drain_started("pause")]);
        }
        let wanted = |end| Command::SetAvailability(place(), Target::Drain(ended(end)));
        drained().when(wanted(End::Completed)).then([]);
        drained().when(wanted(End::Failed)).then([drain_started("pause")]);
    }

    #[test]
    fn setting_the_availability_to_drain_is_a_drain() {
        given::<Node>([availability_changed("pause", None)])
            .when(Command::SetAvailability(place(), Target::Drain(drain_start())))
            .then([drain_started("pause")]);
        given::<Node>([drain_started("active"), drain_cancelled("active")])
            .when(Command::SetAvailability(place(), Target::Drain(drain_start())))
            .then([drain_started("active")]);
    }
}
