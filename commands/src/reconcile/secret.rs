//! Brings one secret in line on one cluster: make what is missing, wait until what mounts it is
//! made from it, then take away what is left of older versions.
//!
//! **Invariants**
//! - What another Berth made, or nobody's hand of ours, is never touched.
//! - A value is read from the vault for the one call that brings it to the cluster.
//! - The version that a cluster holds stays there until everything on it came up with the next one.
//!   Where something does not, all of it goes back, and the version before is still there.
//! - Only a removal takes away what a cluster holds.

mod report;
mod roll;
mod users;

use super::{Error, Folded, Reconciler};
use crate::ports::{
    cluster::{
        self as port, Cluster,
        secret::{Home, Marker, Object, Target},
    },
    vault,
};
use domain::{
    Position,
    ids::{ClusterId, ProviderId, SecretId, WorkloadId},
    secret::{Known, Secret},
    secret_observation::{Command, Of, SecretObservation},
};
use roll::Rolled;
use std::collections::BTreeSet;
use tracing::{debug, info, instrument};
pub(super) use users::Users;

/// How often the objects are read in one run.
const READS_MAX: u32 = 6;

/// What one run found or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretDone {
    /// Nobody ever created it.
    Unknown,
    /// Its provider is disabled, or the cluster is none of it.
    HandsOff,
    /// It was removed, and nothing of it is there.
    Removed,
    /// The cluster holds it, and nothing of an older version is left.
    InLine,
    /// It is there, and these are not made from it yet.
    Rolling(Vec<WorkloadId>),
    /// Something is still to be taken away, or in its place.
    Converging,
    /// It was refused.
    Rejected,
    /// The cluster holds something newer than the log says.
    Fenced,
}

/// One run, once it is known where it goes.
struct Run<'a> {
    id: SecretId,
    provider: ProviderId,
    cluster: ClusterId,
    connection: &'a dyn Cluster,
    observation: Folded<SecretObservation>,
    /// Whether something had the name of what was to be made.
    taken: bool,
}

/// What one look came to.
enum Look {
    Done(SecretDone),
    /// Something has changed: look again.
    Again,
}

impl Reconciler {
    /// Brings one secret in line on one cluster.
    ///
    /// # Errors
    /// When the cluster, the log or the vault does not answer, or another worker was faster;
    /// nothing is lost by it, since the next run starts over.
    #[instrument(name = "reconcile", skip_all, fields(secret.id = %id, cluster.id = %cluster))]
    pub async fn secret(&self, id: SecretId, cluster: ClusterId) -> Result<SecretDone, Error> {
        let observation = self.fold::<SecretObservation>(id).await?;
        let Some(provider) = self.fold::<Secret>(id).await?.state.provider() else {
            return Ok(SecretDone::Unknown);
        };
        let Some(endpoint) = self.working(provider, cluster).await? else {
            return Ok(SecretDone::HandsOff);
        };
        let connection = &*self.clusters().connect(&endpoint).await?;
        let mut run = Run { id, provider, cluster, connection, observation, taken: false };
        for _ in 0..READS_MAX {
            if let Look::Done(done) = self.look_at_secret(&mut run).await? {
                return Ok(done);
            }
        }
        Ok(SecretDone::Converging)
    }

    async fn look_at_secret(&self, run: &mut Run<'_>) -> Result<Look, Error> {
        let shown = run.connection.secret(run.id).await;
        // After the read, so that nothing is taken away that was made from something newer.
        let intent = self.fold::<Secret>(run.id).await?;
        let shown = match shown {
            Ok(shown) => shown,
            Err(error) => return self.secret_refused(run, &intent, error).await.map(Look::Done),
        };
        let is_own = |object: &Object| object.marker.instance == self.instance();
        let own: Vec<Object> = shown.into_iter().filter(is_own).collect();
        let known = match &intent.state {
            Secret::Absent => return Ok(Look::Done(SecretDone::Unknown)),
            Secret::Removed(_) => {
                let is_gone = take_away(run, &own).await?;
                let done = if is_gone { SecretDone::Removed } else { SecretDone::Converging };
                return Ok(Look::Done(done));
            }
            Secret::Present(known) => known,
        };
        if own.iter().any(|object| object.marker.version > known.value.version) {
            info!("the cluster holds {} in a newer version than the log", run.id);
            return Ok(Look::Done(SecretDone::Fenced));
        }
        let users = self.users_of(run.id).await?;
        let homes = run.connection.homes(&users.organizations);
        let goal = run.observation.state.on(run.cluster).goal(known.value.version);
        let is_wanted =
            |object: &Object| object.marker.version == goal && homes.contains(&object.home);
        let (there, excess): (Vec<_>, Vec<_>) = own.into_iter().partition(is_wanted);
        let there_at: BTreeSet<Home> = there.iter().map(|object| object.home).collect();
        let missing: Vec<Home> = homes.difference(&there_at).copied().collect();
        if missing.is_empty() {
            self.roll(run, &intent, known, &there, &excess, &users).await
        } else {
            self.make(run, &intent, known, goal, &missing).await
        }
    }

    /// Makes what is missing of a version.
    async fn make(
        &self,
        run: &mut Run<'_>,
        intent: &Folded<Secret>,
        known: &Known,
        goal: u32,
        missing: &[Home],
    ) -> Result<Look, Error> {
        let position = intent.last.map_or(Position::START, |last| last.position);
        let (instance, secret) = (self.instance(), run.id);
        let marker = Marker { instance, secret, version: goal, position };
        let target = |home: &Home| Target { marker, name: known.name.clone(), home: *home };
        if run.taken {
            return self.taken(run, intent, &target(&missing[0])).await.map(Look::Done);
        }
        let value = match self.writer().vault()?.get(known.value.record_id, goal).await {
            Ok(value) => value,
            // Shredded meanwhile, as the next look finds; or lost, which no other try changes.
            Err(error @ (vault::Error::Gone { .. } | vault::Error::Altered { .. })) => {
                let reason = error.to_string();
                return self.secret_rejected(run, intent, reason).await.map(Look::Done);
            }
            Err(error) => return Err(error.into()),
        };
        for home in missing {
            match run.connection.create_secret(&target(home), &value).await {
                Ok(()) => {}
                Err(port::Error::Overtaken { .. }) => run.taken = true,
                Err(error) => return self.secret_refused(run, intent, error).await.map(Look::Done),
            }
        }
        Ok(Look::Again)
    }

    /// Something has the name of what was to be made. What is left of another secret of this Berth
    /// goes by itself; anything else stays as it is, whoever made it.
    async fn taken(
        &self,
        run: &mut Run<'_>,
        intent: &Folded<Secret>,
        target: &Target,
    ) -> Result<SecretDone, Error> {
        let name = target.object_name();
        let is_ours = |object: &Object| {
            object.marker.instance == self.instance()
                && (&object.name, object.home) == (&name, target.home)
        };
        if run.connection.secrets().await?.iter().any(is_ours) {
            return Ok(SecretDone::Converging);
        }
        let why = format!("there is a `{name}` on the cluster that this Berth did not make");
        self.secret_rejected(run, intent, why).await
    }

    /// Everything of a version is there: says so once all that mounts it came up with it, and then
    /// takes away what is left of others.
    async fn roll(
        &self,
        run: &mut Run<'_>,
        intent: &Folded<Secret>,
        known: &Known,
        there: &[Object],
        excess: &[Object],
        users: &Users,
    ) -> Result<Look, Error> {
        let on = run.observation.state.on(run.cluster);
        let goal = on.goal(known.value.version);
        let of = Of { cluster: run.cluster, provider: run.provider, version: goal };
        let mut objects: Vec<_> = there.iter().map(Into::into).collect();
        objects.sort_unstable();
        let mut reports = vec![Command::ReportRestored { of, objects: objects.clone() }];
        let rolled = if on.holds(goal) && excess.is_empty() {
            Rolled::All
        } else {
            self.rolled(run, &known.name, goal, users).await?
        };
        let through = intent.last.map_or(Position::START, |last| last.position);
        match rolled {
            Rolled::All => {
                reports.push(Command::ReportApplied { of, through, objects });
                self.report_secret(run, intent, reports).await?;
                let is_gone = take_away(run, excess).await?;
                let done = if is_gone { SecretDone::InLine } else { SecretDone::Converging };
                Ok(Look::Done(done))
            }
            Rolled::NotYet(waiting) => {
                self.report_secret(run, intent, reports).await?;
                Ok(Look::Done(SecretDone::Rolling(waiting)))
            }
            Rolled::GaveUp(workload, words) => {
                let may_go_back = on.held.is_some() && !on.holds(goal);
                if may_go_back {
                    let reason = format!("workload {workload} did not come up with it: {words}");
                    let workload = Some(workload);
                    reports.push(Command::ReportRejected { of, through, reason, workload });
                }
                self.report_secret(run, intent, reports).await?;
                // What is wanted is another version now.
                Ok(if may_go_back {
                    Look::Again
                } else {
                    Look::Done(SecretDone::Rolling(vec![workload]))
                })
            }
        }
    }

    /// The cluster answered and refused; anything else is not about the secret.
    async fn secret_refused(
        &self,
        run: &mut Run<'_>,
        intent: &Folded<Secret>,
        error: port::Error,
    ) -> Result<SecretDone, Error> {
        let (port::Error::Refused { tried, words }
        | port::Error::PermissionMissing { tried, words }) = error
        else {
            return Err(error.into());
        };
        debug!("the cluster refused to {tried} of {}: {words}", run.id);
        self.secret_rejected(run, intent, words).await
    }

    async fn secret_rejected(
        &self,
        run: &mut Run<'_>,
        intent: &Folded<Secret>,
        reason: String,
    ) -> Result<SecretDone, Error> {
        if let Secret::Present(known) = &intent.state {
            let version = run.observation.state.on(run.cluster).goal(known.value.version);
            let of = Of { cluster: run.cluster, provider: run.provider, version };
            let through = intent.last.map_or(Position::START, |last| last.position);
            let reports = vec![Command::ReportRejected { of, through, reason, workload: None }];
            self.report_secret(run, intent, reports).await?;
        }
        Ok(SecretDone::Rejected)
    }
}

/// Takes objects away. Answers whether all of them are gone: what is in use stays until it is not.
async fn take_away(run: &Run<'_>, objects: &[Object]) -> Result<bool, Error> {
    let mut is_gone = true;
    for object in objects {
        match run.connection.remove_secret(object).await {
            Ok(()) => {}
            Err(port::Error::Refused { tried, words }) => {
                debug!("the cluster refused to {tried} `{}`: {words}", object.called);
                is_gone = false;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(is_gone)
}
