//! Says what was seen of a node.

use super::{Error, Folded, Reconciler};
use crate::node::report_change::ReportNodeChange;
use domain::{
    Version,
    ids::NodeId,
    node::{Node, plan::plan},
    node_observation::{Command, Facts, NodeObservation, Seen, drain::News},
};

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
        let intent = target.map_or((Version::NONE, None), |target| (target.version, target.last));
        let verb = |reports| ReportNodeChange { node: id, reports };
        self.record(id.0, observation, intent, reports, |report| word(report).to_owned(), verb)
            .await
    }
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

#[cfg(test)]
mod tests {
    use super::{super::record::news, *};
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
