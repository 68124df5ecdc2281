//! Brings one workload in line on one cluster: read, fold, report, change, and read again to report
//! what came of it.
//!
//! **Invariants**
//! - What another Berth made, or nobody's hand of ours, is never touched.
//! - What holds a newer epoch or position than the target is never touched: then this worker is the
//!   one that is late.
//! - What runs on a cluster that the workload has left goes only when what came after it runs.
//! - Only a removal takes an object away.

mod mounts;
mod report;
mod target;

use super::{Error, Folded, Reconciler};
use crate::ports::cluster::{
    self as port, Cluster,
    workload::{Held, Marker, Target, Which},
};
use domain::{
    ids::{ClusterId, SecretId, WorkloadId},
    workload::Workload,
    workload_observation::{Command, State, WorkloadObservation, repair::Part},
};
use mounts::Lacks;
use std::collections::BTreeSet;
pub(super) use target::Standing;
use target::{Impossible, Wanted, wanted};
use tracing::{debug, info, instrument};

/// How often an object is read in one run; each time but the last may lose the race for a revision.
const READS_MAX: u32 = 6;

/// What one run found or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkloadDone {
    /// The workload never was on this cluster.
    Unknown,
    /// Its provider is disabled, or its cluster is no longer registered.
    HandsOff,
    /// There is something in its place that this Berth did not make.
    Foreign,
    /// It was removed, and nothing of it is there.
    Removed,
    /// It is as wanted, and all of it runs that should.
    InLine,
    /// It is as wanted, and not all of it runs yet.
    Converging,
    /// These of its secrets are not on the cluster yet.
    Lacking(BTreeSet<SecretId>),
    /// It has left, and stays until what came after it runs.
    Waiting,
    /// It was refused.
    Rejected,
    /// The cluster holds something newer than the log says.
    Fenced,
    /// It was changed and is not as wanted: somebody else writes it too. The next run goes on.
    Unsettled,
}

/// One run, once it is known where it goes.
struct Run<'a> {
    id: WorkloadId,
    cluster: ClusterId,
    which: Which,
    connection: &'a dyn Cluster,
    observation: Folded<WorkloadObservation>,
    changed: bool,
}

/// What one look came to.
enum Look {
    Done(WorkloadDone),
    /// The object has changed: look again.
    Again,
}

impl Reconciler {
    /// Brings one workload in line on one cluster, with at most one change.
    ///
    /// # Errors
    /// When the cluster or the log does not answer, or another worker was faster; nothing is lost
    /// by it, since the next run starts over.
    #[instrument(name = "reconcile", skip_all, fields(workload.id = %id, cluster.id = %cluster))]
    pub async fn workload(
        &self,
        id: WorkloadId,
        cluster: ClusterId,
    ) -> Result<WorkloadDone, Error> {
        let observation = self.fold::<WorkloadObservation>(id).await?;
        let standing = Standing::of(&self.fold::<Workload>(id).await?.state, cluster);
        let Some((which, provider)) = standing.object(id) else { return Ok(WorkloadDone::Unknown) };
        let Some(endpoint) = self.working(provider, cluster).await? else {
            return Ok(WorkloadDone::HandsOff);
        };
        let connection = self.clusters().connect(&endpoint).await?;
        let connection = &*connection;
        let mut run = Run { id, cluster, which, connection, observation, changed: false };
        for _ in 0..READS_MAX {
            if let Look::Done(done) = self.look(&mut run).await? {
                return Ok(done);
            }
        }
        Ok(WorkloadDone::Unsettled)
    }

    async fn look(&self, run: &mut Run<'_>) -> Result<Look, Error> {
        let held = run.connection.workload(run.which).await;
        // After the read, so that no decision older than what was read is written over it.
        let intent = self.fold::<Workload>(run.id).await?;
        let standing = Standing::of(&intent.state, run.cluster);
        let held = match held {
            Ok(held) => held,
            Err(error) => return self.refused(run, &intent, standing, error).await.map(Look::Done),
        };
        let marker = match &held {
            None => None,
            Some(held) => match held.marker.as_ref().filter(|marker| self.is_own(marker, run)) {
                Some(marker) => Some(marker.clone()),
                None => return self.foreign(run, &intent, standing).await.map(Look::Done),
            },
        };
        let wanted = match standing {
            Standing::Gone(_) => return self.remove(run, &intent, held.as_ref()).await,
            standing => wanted(&intent, standing),
        };
        // Absence is never a reason to take anything away.
        let Some(wanted) = wanted else { return Ok(Look::Done(WorkloadDone::Unknown)) };
        let pair = wanted.pair;
        if marker.as_ref().is_some_and(|marker| marker.pair > pair) {
            info!("the cluster holds {} in a newer form than the log", run.id);
            return Ok(Look::Done(WorkloadDone::Fenced));
        }
        let spec = match self.spec(run, &wanted).await? {
            Ok(spec) => spec,
            Err(Impossible(why)) => {
                return self.rejected(run, &intent, &wanted, why).await.map(Look::Done);
            }
        };
        if let (Some(held), Some(marker)) = (&held, &marker) {
            let is_in_line =
                is_in_line(&wanted, marker) && spec.drifted(held.spec.as_ref()).is_empty();
            let mut reports = vec![report::repair(run.cluster, &wanted, marker)];
            if is_in_line {
                let known = &run.observation.state;
                reports.extend(report::in_line(run.cluster, &wanted, marker, held, known));
            }
            self.report_workload(run.id, &mut run.observation, &intent, reports).await?;
            if is_in_line {
                let is_over = wanted.replicas() == 0 || report::is_up(&wanted, held);
                let done = if is_over { WorkloadDone::InLine } else { WorkloadDone::Converging };
                return Ok(Look::Done(done));
            }
            let runs = held.spec.as_ref().is_none_or(|spec| spec.replicas > 0);
            if !wanted.is_here && runs && !is_succeeded(&run.observation.state, &wanted) {
                return Ok(Look::Done(WorkloadDone::Waiting));
            }
        }
        if run.changed {
            return Ok(Look::Done(WorkloadDone::Unsettled));
        }
        match self.lacks(run, &wanted.requested.secrets, &spec).await? {
            Lacks::Nothing => {}
            Lacks::Yet(secrets) => return Ok(Look::Done(WorkloadDone::Lacking(secrets))),
            Lacks::For(why) => {
                return self.rejected(run, &intent, &wanted, why).await.map(Look::Done);
            }
        }
        let repairs = repairs(run, &wanted, marker.as_ref(), held.as_ref(), &spec);
        let target = self.object(run.which, &wanted, spec, repairs);
        self.write(run, &intent, &target, held.as_ref()).await
    }

    fn is_own(&self, marker: &Marker, run: &Run<'_>) -> bool {
        marker.instance == self.instance() && marker.which == run.which
    }

    async fn write(
        &self,
        run: &mut Run<'_>,
        intent: &Folded<Workload>,
        target: &Target,
        held: Option<&Held>,
    ) -> Result<Look, Error> {
        let written = match held {
            None => run.connection.create_workload(target).await,
            Some(held) => run.connection.replace_workload(target, &held.revision).await,
        };
        match written {
            Ok(()) => {
                run.changed = true;
                Ok(Look::Again)
            }
            Err(port::Error::Overtaken { .. }) => Ok(Look::Again),
            Err(error) => {
                let standing = Standing::of(&intent.state, run.cluster);
                self.refused(run, intent, standing, error).await.map(Look::Done)
            }
        }
    }

    async fn remove(
        &self,
        run: &mut Run<'_>,
        intent: &Folded<Workload>,
        held: Option<&Held>,
    ) -> Result<Look, Error> {
        let Some(held) = held else { return Ok(Look::Done(WorkloadDone::Removed)) };
        match run.connection.remove_workload(run.which, &held.revision).await {
            Ok(()) => Ok(Look::Done(WorkloadDone::Removed)),
            Err(port::Error::Overtaken { .. }) => Ok(Look::Again),
            Err(error) => {
                let standing = Standing::of(&intent.state, run.cluster);
                self.refused(run, intent, standing, error).await.map(Look::Done)
            }
        }
    }

    /// The cluster answered and refused; anything else is not about the workload.
    async fn refused(
        &self,
        run: &mut Run<'_>,
        intent: &Folded<Workload>,
        standing: Standing,
        error: port::Error,
    ) -> Result<WorkloadDone, Error> {
        let (port::Error::Refused { tried, words }
        | port::Error::PermissionMissing { tried, words }) = error
        else {
            return Err(error.into());
        };
        debug!("the cluster refused to {tried} of {}: {words}", run.id);
        match wanted(intent, standing) {
            Some(wanted) => self.rejected(run, intent, &wanted, words).await,
            None => Ok(WorkloadDone::Rejected),
        }
    }

    /// What stands in the place of the workload stays as it is, whoever made it.
    async fn foreign(
        &self,
        run: &mut Run<'_>,
        intent: &Folded<Workload>,
        standing: Standing,
    ) -> Result<WorkloadDone, Error> {
        let name = run.which.object_name();
        let why = format!("there is a `{name}` on the cluster that this Berth did not make");
        if let Some(wanted) = wanted(intent, standing) {
            self.rejected(run, intent, &wanted, why).await?;
        }
        Ok(WorkloadDone::Foreign)
    }

    /// Of a cluster that it has left, a refusal is none of how it is where it went.
    async fn rejected(
        &self,
        run: &mut Run<'_>,
        intent: &Folded<Workload>,
        wanted: &Wanted,
        reason: String,
    ) -> Result<WorkloadDone, Error> {
        if wanted.is_here {
            let (of, through) = (wanted.of(run.cluster), wanted.pair.position);
            let reports = vec![Command::ReportRejected { of, through, reason }];
            self.report_workload(run.id, &mut run.observation, intent, reports).await?;
        }
        Ok(WorkloadDone::Rejected)
    }
}

/// Whether an object was made from what is wanted. Where the workload has left, only the epoch
/// counts: what is decided of it elsewhere changes nothing there.
fn is_in_line(wanted: &Wanted, marker: &Marker) -> bool {
    if wanted.is_here { marker.pair == wanted.pair } else { marker.pair.epoch == wanted.pair.epoch }
}

/// Whether somebody else changed an object since it was made. What was not changed and is not as
/// wanted was made before a secret got another value.
fn is_altered(marker: &Marker, held: &Held) -> bool {
    held.spec.as_ref().is_none_or(|spec| marker.made_as != Some(spec.digest()))
}

/// Whether what came after an old copy is up, so that the copy may go.
fn is_succeeded(known: &WorkloadObservation, wanted: &Wanted) -> bool {
    let epoch = wanted.placement.epoch;
    let runs = known
        .condition
        .as_ref()
        .is_some_and(|condition| condition.of.epoch == epoch && condition.state == State::Running);
    // Of a stopped one nothing is to run anywhere, so there is nothing to wait for.
    runs || wanted.requested.stopped
}

/// The number of the last repair after this write, and what it wrote again.
fn repairs(
    run: &Run<'_>,
    wanted: &Wanted,
    marker: Option<&Marker>,
    held: Option<&Held>,
    spec: &crate::ports::cluster::workload::Spec,
) -> (u32, Vec<Part>) {
    let known = &run.observation.state;
    let parts = match (marker, held) {
        (Some(marker), Some(held)) if is_in_line(wanted, marker) && is_altered(marker, held) => {
            spec.drifted(held.spec.as_ref())
        }
        // It was there, of this placement, and nothing but a removal takes it away.
        (None, None)
            if known
                .applied
                .get(&run.cluster)
                .is_some_and(|held| held.epoch == wanted.pair.epoch) =>
        {
            vec![Part::Missing]
        }
        _ => vec![],
    };
    let last = known.repairs.max(marker.map_or(0, |marker| marker.repairs));
    if parts.is_empty() {
        // Reported already, before anything is written.
        return (last, marker.map(|marker| marker.repaired.clone()).unwrap_or_default());
    }
    (last.saturating_add(1), parts)
}
