//! What became of a change sent to a cluster: applied, rejected with the engine's words, repaired.

use super::{Event, Seen};
use crate::{
    Version,
    availability::Availability,
    ids::{ClusterId, ProviderId},
    label::Key,
};
use serde::{Deserialize, Serialize};

/// The longest reason kept, in characters; engines can be wordy.
const REASON_CHARACTERS_MAX: usize = 1000;

/// The cluster took over what was wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeApplied {
    /// The cluster of the node.
    pub cluster_id: ClusterId,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
    /// The version of the intent stream up to which the node is as wanted.
    pub through_version: Version,
}

/// The cluster refused what was wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeRejected {
    /// The cluster of the node.
    pub cluster_id: ClusterId,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
    /// The engine's own words.
    pub reason: String,
    /// The version of the intent stream that was tried.
    pub through_version: Version,
}

/// What somebody changed behind Berth's back was put right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DriftRepaired {
    /// The availability written again, where it had drifted.
    pub availability: Option<Availability>,
    /// The cluster of the node.
    pub cluster_id: ClusterId,
    /// The label keys written again.
    pub labels: Vec<Key>,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
}

pub(super) fn applied(seen: &Seen, through: Version) -> Vec<Event> {
    // A repair that was refused once and works now is news, although the version is not.
    let cures = seen.rejected.as_ref().is_some_and(|(refused, _)| *refused <= through);
    if seen.applied > through || (seen.applied == through && !cures) {
        return vec![];
    }
    vec![Event::ChangeApplied(ChangeApplied {
        cluster_id: seen.place.cluster,
        provider_id: seen.place.provider,
        through_version: through,
    })]
}

pub(super) fn rejected(seen: &Seen, through: Version, reason: &str) -> Vec<Event> {
    let reason: String = reason.chars().take(REASON_CHARACTERS_MAX).collect();
    // A refusal that arrives after the cluster took over something newer is over.
    if through < seen.applied {
        return vec![];
    }
    // The same refusal every few seconds is one fact.
    if seen.rejected.as_ref() == Some(&(through, reason.clone())) {
        return vec![];
    }
    vec![Event::ChangeRejected(ChangeRejected {
        cluster_id: seen.place.cluster,
        provider_id: seen.place.provider,
        reason,
        through_version: through,
    })]
}

pub(super) fn repaired(
    seen: &Seen,
    labels: Vec<Key>,
    availability: Option<Availability>,
) -> Vec<Event> {
    if labels.is_empty() && availability.is_none() {
        return vec![];
    }
    let (cluster_id, provider_id) = (seen.place.cluster, seen.place.provider);
    vec![Event::DriftRepaired(DriftRepaired { availability, cluster_id, labels, provider_id })]
}

#[cfg(test)]
mod tests {
    use crate::{
        Version,
        node_observation::{Command, Error, NodeObservation},
        testing::{change_applied, change_rejected, discovered, drift_repaired, given, key},
    };

    fn report_rejected(through: i64, reason: &str) -> Command {
        Command::ReportRejected { through: Version(through), reason: reason.to_owned() }
    }

    #[test]
    fn a_version_is_applied_once_and_an_older_one_is_no_news() {
        let report = |through| Command::ReportApplied { through: Version(through) };
        let history = || [discovered("active"), change_applied(3)];
        given::<NodeObservation>(history()).when(report(3)).then([]);
        given::<NodeObservation>(history()).when(report(2)).then([]);
        given::<NodeObservation>(history()).when(report(4)).then([change_applied(4)]);
    }

    #[test]
    fn a_refusal_is_reported_once_in_the_engines_words() {
        let words = "rpc error: node is on fire";
        given::<NodeObservation>([discovered("active")])
            .when(report_rejected(1, words))
            .then([change_rejected(1, words)]);
        given::<NodeObservation>([discovered("active"), change_rejected(1, words)])
            .when(report_rejected(1, words))
            .then([]);
        given::<NodeObservation>([discovered("active"), change_rejected(1, words)])
            .when(report_rejected(1, "other words"))
            .then([change_rejected(1, "other words")]);
    }

    #[test]
    fn a_refusal_of_a_version_long_taken_over_is_no_news() {
        given::<NodeObservation>([discovered("active"), change_applied(3)])
            .when(report_rejected(2, "too late"))
            .then([]);
        // A repair of the same version may be refused, though.
        given::<NodeObservation>([discovered("active"), change_applied(3)])
            .when(report_rejected(3, "no quorum"))
            .then([change_rejected(3, "no quorum")]);
    }

    #[test]
    fn a_refused_repair_that_works_at_last_is_reported() {
        let applied = || Command::ReportApplied { through: Version(3) };
        let refused = || [discovered("active"), change_applied(3), change_rejected(3, "busy")];
        given::<NodeObservation>(refused()).when(applied()).then([change_applied(3)]);
        let cured = refused().into_iter().chain([change_applied(3)]);
        given::<NodeObservation>(cured).when(applied()).then([]);
    }

    #[test]
    fn a_wordy_engine_is_cut_short() {
        given::<NodeObservation>([discovered("active")])
            .when(report_rejected(1, &"é".repeat(5000)))
            .then([change_rejected(1, &"é".repeat(1000))]);
    }

    #[test]
    fn a_repair_of_nothing_is_no_repair() {
        let report = |labels| Command::ReportRepaired { labels, availability: None };
        given::<NodeObservation>([discovered("active")]).when(report(vec![])).then([]);
        given::<NodeObservation>([discovered("active")])
            .when(report(vec![key("zone")]))
            .then([drift_repaired("zone")]);
    }

    #[test]
    fn a_report_about_an_unseen_node_is_refused() {
        given::<NodeObservation>([])
            .when(Command::ReportApplied { through: Version(1) })
            .then_refused(Error::NotDiscovered);
    }
}
