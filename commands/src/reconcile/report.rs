//! Says what was seen of a node, exactly once for what was seen.
//!
//! The id of a report is UUIDv5 of the node and of the version of its observations that the report
//! was made from, the version of the intent, and what is said. So the same report after a crash
//! gets the first answer; and a second repair of the same intent is another report, because the
//! first one moved the version.

use super::{Cause, Error, Folded, Reconciler};
use crate::{
    handle::{self, Request},
    node::report_change::ReportNodeChange,
    refusal::Refusal,
};
use domain::{
    Aggregate, Version,
    ids::{CommandId, CorrelationId, NodeId, PrincipalId},
    metadata::Metadata,
    node::{Node, plan::plan},
    node_observation::{Command, Facts, NodeObservation, Seen, drain::News},
};
use uuid::Uuid;

/// A report is repeated by nobody but the worker, so there is no request to compare with.
const NO_DIGEST: [u8; 32] = [0; 32];

/// What there is to say once the node shows `facts`.
///
/// A repair is seen rather than remembered: what was recorded as drifted is as wanted again. So it
/// is reported even if the worker died between the change and the report.
pub(super) fn reports(node: &Node, seen: &Seen, facts: &Facts) -> Vec<Command> {
    let plan_for = |facts: &Facts| plan(node, seen.applied, &facts.labels, facts.availability);
    let (before, now) = (plan_for(&seen.facts), plan_for(facts));
    let mut reports = vec![Command::Observe(seen.place, facts.clone())];
    let drifted = before.drifted.into_iter();
    let labels: Vec<_> = drifted.filter(|key| !now.set.contains_key(key)).collect();
    let availability =
        before.availability.filter(|to| before.availability_drifted && *to == facts.availability);
    if !labels.is_empty() || availability.is_some() {
        reports.push(Command::ReportRepaired { labels, availability });
    }
    if now.is_empty() && node.version > Version::NONE {
        reports.push(Command::ReportApplied { through: node.version });
    }
    reports
}

impl Reconciler {
    /// Records the reports that are news, and keeps `observation` as it is after them.
    ///
    /// # Errors
    /// `Error::Overtaken` when somebody recorded something since `observation` was folded.
    pub(crate) async fn report(
        &self,
        id: NodeId,
        observation: &mut Folded<NodeObservation>,
        target: Option<&Folded<Node>>,
        reports: Vec<Command>,
    ) -> Result<(), Error> {
        let Some((state, news)) = news(&observation.state, reports) else { return Ok(()) };
        let through = target.map_or(Version::NONE, |target| target.version);
        let said = news.iter().map(word).collect::<Vec<_>>().join(" ");
        let name = format!("report {} {through} {said}", observation.version);
        let command_id = CommandId(Uuid::new_v5(&id.0, name.as_bytes()));
        let request = Request {
            metadata: metadata(command_id, target.and_then(|target| target.last)),
            digest: NO_DIGEST,
            expected: Some(observation.version),
            repeatable: false,
        };
        let verb = ReportNodeChange { node: id, reports: news };
        match self.writer().handle(&verb, &request).await {
            Ok(answer) => {
                observation.state = state;
                observation.version = answer.version;
                Ok(())
            }
            Err(handle::Error::Refused(Refusal::VersionGone { .. })) => Err(Error::Overtaken),
            Err(handle::Error::Log(error)) => Err(error.into()),
            Err(error) => Err(Error::Report(error)),
        }
    }
}

/// The reports that change something, and the state after them; `None` when none does.
fn news(
    observation: &NodeObservation,
    reports: Vec<Command>,
) -> Option<(NodeObservation, Vec<Command>)> {
    let mut state = observation.clone();
    let mut news = vec![];
    for report in reports {
        let events = state.decide(report.clone()).ok()?;
        if !events.is_empty() {
            news.push(report);
        }
        state = events.iter().fold(state, NodeObservation::evolve);
    }
    (!news.is_empty()).then_some((state, news))
}

fn word(report: &Command) -> &'static str {
    match report {
        Command::Observe(..) => "observed",
        Command::Lose => "lost",
        Command::ReportApplied { .. } => "applied",
        Command::ReportRejected { .. } => "rejected",
        Command::ReportRepaired { .. } => "repaired",
        Command::ReportDrain { news: News::Progressed(_), .. } => "progressed",
        Command::ReportDrain { news: News::Completed, .. } => "completed",
        Command::ReportDrain { news: News::Failed(..), .. } => "failed",
    }
}

pub(super) fn metadata(command_id: CommandId, cause: Option<Cause>) -> Metadata {
    Metadata {
        actor: PrincipalId::WORKER,
        causation_id: cause.map(|cause| cause.event),
        command_id,
        correlation_id: cause
            .map_or_else(|| CorrelationId(Uuid::now_v7()), |cause| cause.correlation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        availability::Availability,
        testing::{
            availability_changed, change_applied, discovered, facts, fold, key, labeled, place,
        },
    };
    use std::collections::BTreeMap;

    fn seen(applied: i64, recorded: Facts) -> Seen {
        let history = [discovered("active"), change_applied(applied)];
        let observation = fold::<NodeObservation>(history);
        Seen { facts: recorded, ..observation.seen().unwrap().clone() }
    }

    fn showing<const N: usize>(labels: [(&str, &str); N]) -> Facts {
        let pairs = labels.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
        Facts { labels: BTreeMap::from_iter(pairs), ..facts("active") }
    }

    fn words(reports: &[Command]) -> Vec<&'static str> {
        reports.iter().map(word).collect()
    }

    #[test]
    fn a_node_in_line_is_reported_as_applied() {
        let node = fold::<Node>([labeled("zone", "a", None)]);
        let reports = reports(&node, &seen(0, showing([])), &showing([("zone", "a")]));
        assert_eq!(words(&reports), ["observed", "applied"]);
    }

    #[test]
    fn what_is_still_to_do_is_not_reported_as_done() {
        let node = fold::<Node>([labeled("zone", "a", None)]);
        let reports = reports(&node, &seen(0, showing([])), &showing([("zone", "b")]));
        assert_eq!(words(&reports), ["observed"]);
    }

    #[test]
    fn recorded_drift_that_is_gone_is_a_repair() {
        let node = fold::<Node>([labeled("zone", "a", None)]);
        let reports = reports(&node, &seen(1, showing([])), &showing([("zone", "a")]));
        assert_eq!(words(&reports), ["observed", "repaired", "applied"]);
        let Command::ReportRepaired { labels, .. } = &reports[1] else { panic!("{reports:?}") };
        assert_eq!(*labels, [key("zone")]);
    }

    #[test]
    fn an_availability_that_became_safer_by_itself_is_no_repair() {
        let node = fold::<Node>([availability_changed("pause", None)]);
        let recorded = seen(1, facts("active"));
        assert_eq!(words(&reports(&node, &recorded, &facts("drain"))), ["observed", "applied"]);
        let back = reports(&node, &recorded, &facts("pause"));
        let Command::ReportRepaired { availability, .. } = &back[1] else { panic!("{back:?}") };
        assert_eq!(*availability, Some(Availability::Pause));
    }

    #[test]
    fn nothing_new_is_nothing_to_say() {
        let observation = fold::<NodeObservation>([discovered("active"), change_applied(1)]);
        let again = vec![
            Command::Observe(place(), facts("active")),
            Command::ReportApplied { through: Version(1) },
        ];
        assert!(news(&observation, again).is_none());
    }
}
