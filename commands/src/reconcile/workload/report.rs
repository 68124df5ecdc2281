//! Says what became of a workload.

use super::target::Wanted;
use crate::{
    ports::cluster::workload::{Held, Marker},
    reconcile::{Error, Folded, Reconciler},
    workload::report::ReportWorkload,
};
use domain::{
    ids::{ClusterId, WorkloadId},
    workload::Workload,
    workload_observation::{Command, State, WorkloadObservation},
};

/// A repair that the object tells of and the log does not: its worker died before it could say so.
pub(super) fn repair(cluster: ClusterId, wanted: &Wanted, marker: &Marker) -> Command {
    let of = domain::workload_observation::Of { epoch: marker.pair.epoch, ..wanted.of(cluster) };
    Command::ReportRepaired { of, repair: marker.repairs, parts: marker.repaired.clone() }
}

/// What there is to say of an object that is as wanted.
pub(super) fn in_line(
    cluster: ClusterId,
    wanted: &Wanted,
    marker: &Marker,
    held: &Held,
    known: &WorkloadObservation,
) -> Vec<Command> {
    let (of, through) = (wanted.of(cluster), marker.pair.position);
    let mut reports = vec![Command::ReportApplied { of, through }];
    let replicas = wanted.replicas();
    if replicas == 0 {
        return reports;
    }
    let running = held.life.running;
    let ran = known
        .condition
        .as_ref()
        .is_some_and(|condition| condition.of == marker.pair && condition.state == State::Running);
    let degraded =
        |reason: String| Command::ReportDegraded { of, through, running, wanted: replicas, reason };
    match &held.life.trouble {
        _ if is_up(wanted, held) => {
            reports.push(Command::ReportRunning { of, through, replicas: running });
        }
        Some(words) => reports.push(degraded(words.clone())),
        // It is on its way, as long as it did not run before, or others stand in for it meanwhile.
        None if ran && running < replicas && !held.life.is_changing => {
            reports.push(degraded(format!("{running} of {replicas} containers run")))
        }
        None => {}
    }
    reports
}

/// Whether all that is wanted runs, made as it should be, and no more.
pub(super) fn is_up(wanted: &Wanted, held: &Held) -> bool {
    !held.life.is_changing && held.life.running == wanted.replicas()
}

impl Reconciler {
    /// Records the reports that are news, and keeps `observation` as it is after them.
    ///
    /// # Errors
    /// `Error::Overtaken` when somebody recorded something since `observation` was folded, or when
    /// the intent is another one by now.
    pub(super) async fn report_workload(
        &self,
        id: WorkloadId,
        observation: &mut Folded<WorkloadObservation>,
        intent: &Folded<Workload>,
        reports: Vec<Command>,
    ) -> Result<(), Error> {
        let verb = |reports| ReportWorkload { workload: id, intent: intent.version, reports };
        let of = (intent.version, intent.last);
        self.record(id.0, observation, of, reports, word, verb).await
    }
}

/// Everything that tells two reports of the same versions apart.
fn word(report: &Command) -> String {
    match report {
        Command::ReportApplied { of, through } => format!("applied {} {through}", of.cluster),
        Command::ReportRunning { through, .. } => format!("running {through}"),
        Command::ReportDegraded { through, reason, .. } => format!("degraded {through} {reason}"),
        Command::ReportRejected { through, reason, .. } => format!("rejected {through} {reason}"),
        Command::ReportRepaired { repair, .. } => format!("repaired {repair}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::cluster::{
        Revision,
        workload::{Life, Which},
    };
    use domain::{
        Position,
        ids::InstanceId,
        testing::{
            cluster, fold,
            workload::{placed, relocated, requested, stopped},
            workload_observation::{applied, degraded, running},
        },
        workload::Event,
        workload_observation::Pair,
    };
    use uuid::Uuid;

    fn wanted(history: Vec<Event>) -> Wanted {
        let Workload::Present(requested) = fold::<Workload>(history) else { panic!() };
        let placement = requested.placement.unwrap();
        let is_here = placement.cluster == cluster(1).id;
        let pair = Pair { epoch: placement.epoch, position: Position(5) };
        Wanted { requested: Box::new(requested), placement, is_here, pair }
    }

    fn marker(wanted: &Wanted) -> Marker {
        let workload = WorkloadId(Uuid::from_u128(1));
        let which = Which { workload, organization: wanted.requested.organization };
        let instance = InstanceId(Uuid::from_u128(2));
        Marker { instance, which, pair: wanted.pair, made_as: None, repairs: 0, repaired: vec![] }
    }

    fn words(history: Vec<Event>, life: Life, known: &WorkloadObservation) -> Vec<String> {
        let wanted = wanted(history);
        let (marker, revision) = (marker(&wanted), Revision("1".to_owned()));
        let held = Held { marker: Some(marker.clone()), revision, spec: None, life };
        let reports = in_line(cluster(1).id, &wanted, &marker, &held, known);
        let first = |report: &Command| word(report).split(' ').next().unwrap().to_owned();
        reports.iter().map(first).collect()
    }

    fn life(running: u32) -> Life {
        Life { running, ..Life::default() }
    }

    fn placed_here() -> Vec<Event> {
        vec![requested("shop"), placed()]
    }

    #[test]
    fn what_starts_is_neither_running_nor_degraded() {
        let nothing = WorkloadObservation::default();
        assert_eq!(words(placed_here(), life(0), &nothing), ["applied"]);
        assert_eq!(words(placed_here(), life(1), &nothing), ["applied"]);
        assert_eq!(words(placed_here(), life(2), &nothing), ["applied", "running"]);
    }

    #[test]
    fn what_ran_before_of_the_same_decision_is_degraded() {
        let ran = fold::<WorkloadObservation>([applied(1, 1, 5), running(1, 1, 5)]);
        assert_eq!(words(placed_here(), life(1), &ran), ["applied", "degraded"]);
        let older = fold::<WorkloadObservation>([applied(1, 1, 4), running(1, 1, 4)]);
        assert_eq!(words(placed_here(), life(1), &older), ["applied"], "it is on its way");
        let knows = [running(1, 1, 5), degraded(1, 1, 5, "x")];
        let knows = fold::<WorkloadObservation>(knows);
        assert_eq!(words(placed_here(), life(1), &knows), ["applied"]);
    }

    #[test]
    fn what_the_engine_says_is_wrong_is_said_and_a_roll_out_is_not_over_before_its_end() {
        let nothing = WorkloadObservation::default();
        let trouble = Some("no suitable node".to_owned());
        let stuck = Life { trouble, ..life(1) };
        assert_eq!(words(placed_here(), stuck, &nothing), ["applied", "degraded"]);
        assert_eq!(words(placed_here(), life(3), &nothing), ["applied"], "one is to go still");
        let changing = Life { is_changing: true, ..life(2) };
        assert_eq!(words(placed_here(), changing, &nothing), ["applied"]);
    }

    #[test]
    fn where_nothing_is_to_run_nothing_is_said_of_what_runs() {
        let nothing = WorkloadObservation::default();
        let still = vec![requested("shop"), placed(), stopped()];
        assert_eq!(words(still, life(2), &nothing), ["applied"]);
        let left = vec![requested("shop"), placed(), relocated()];
        assert_eq!(words(left, life(2), &nothing), ["applied"]);
    }
}
