//! Which versions of its secrets a workload is to mount on a cluster, and whether they are there.

use super::{Run, target::Impossible};
use crate::{
    ports::cluster::{
        secret::Object,
        workload::{Mounted, Spec},
    },
    reconcile::{Error, Folded, Reconciler},
};
use domain::{
    ids::{ClusterId, SecretId},
    profile::Mount,
    secret::Secret,
    secret_observation::SecretObservation,
};
use std::collections::BTreeSet;

/// What is in the way of writing a workload.
pub(super) enum Lacks {
    /// Nothing.
    Nothing,
    /// These secrets are on their way.
    Yet(BTreeSet<SecretId>),
    /// One that the cluster refused.
    For(String),
}

/// A secret, as far as it is on one cluster.
struct One {
    id: SecretId,
    intent: Folded<Secret>,
    observation: Folded<SecretObservation>,
}

impl Reconciler {
    /// What the mounts of a profile come to on a cluster.
    pub(super) async fn mounted(
        &self,
        run: &Run<'_>,
        mounts: &[Mount],
    ) -> Result<Result<BTreeSet<Mounted>, Impossible>, Error> {
        let ids: BTreeSet<SecretId> = mounts.iter().map(|mount| mount.secret_id).collect();
        let mut all = BTreeSet::new();
        for one in self.each(ids).await? {
            let Ok(known) = one.intent.state.present() else {
                let why = format!("its secret {} was removed", one.id);
                return Ok(Err(Impossible(why)));
            };
            let on = one.observation.state.on(run.cluster);
            let (current, mut version) = (known.value.version, on.goal(known.value.version));
            // What the engine refused is mounted once it is there after all, and not before.
            if let (Some(held), Some(refused)) = (&on.held, &on.rejected)
                && refused.version == current
                && version == current
                && self.find(run, &one, current).await?.is_none()
            {
                version = held.version;
            }
            let of = mounts.iter().filter(|mount| mount.secret_id == one.id);
            all.extend(of.map(|mount| {
                let (name, target) = (known.name.clone(), mount.target.clone());
                Mounted { name, target, version }
            }));
        }
        Ok(Ok(all))
    }

    /// Whether all that is to be mounted is there.
    pub(super) async fn lacks(
        &self,
        run: &Run<'_>,
        secrets: &BTreeSet<SecretId>,
        spec: &Spec,
    ) -> Result<Lacks, Error> {
        if spec.secrets.is_empty() {
            return Ok(Lacks::Nothing);
        }
        let mut missing = BTreeSet::new();
        for one in self.each(secrets.clone()).await? {
            let Ok(known) = one.intent.state.present() else { continue };
            let mounted = spec.secrets.iter().find(|mounted| mounted.name == known.name);
            let Some(version) = mounted.map(|mounted| mounted.version) else { continue };
            if self.find(run, &one, version).await?.is_some() {
                continue;
            }
            let on = one.observation.state.on(run.cluster);
            if let Some(refused) = on.rejected.filter(|refused| refused.version == version) {
                let (name, why) = (&known.name, refused.reason);
                return Ok(Lacks::For(format!("its secret `{name}` is not on the cluster: {why}")));
            }
            missing.insert(one.id);
        }
        Ok(if missing.is_empty() { Lacks::Nothing } else { Lacks::Yet(missing) })
    }

    /// Whether the workload mounts, on this cluster, what is wanted of these secrets.
    pub(in crate::reconcile) async fn mounts_what_is_wanted(
        &self,
        cluster: ClusterId,
        secrets: &BTreeSet<SecretId>,
        spec: &Spec,
    ) -> Result<bool, Error> {
        let all = self.each(secrets.clone()).await?;
        Ok(all.iter().all(|one| {
            let Ok(known) = one.intent.state.present() else { return true };
            let goal = one.observation.state.on(cluster).goal(known.value.version);
            let mut of = spec.secrets.iter().filter(|mounted| mounted.name == known.name);
            of.all(|mounted| mounted.version == goal)
        }))
    }

    async fn find(&self, run: &Run<'_>, one: &One, version: u32) -> Result<Option<Object>, Error> {
        let homes = run.connection.homes(&[run.which.organization].into());
        let is_it = |object: &Object| {
            object.marker.instance == self.instance()
                && object.marker.version == version
                && homes.contains(&object.home)
        };
        Ok(run.connection.secret(one.id).await?.into_iter().find(is_it))
    }

    async fn each(&self, ids: BTreeSet<SecretId>) -> Result<Vec<One>, Error> {
        let ids: Vec<SecretId> = ids.into_iter().collect();
        let intents = self.fold_each::<Secret>(&ids).await?;
        let observations = self.fold_each::<SecretObservation>(&ids).await?;
        let all = ids.into_iter().zip(intents).zip(observations);
        Ok(all.map(|((id, intent), observation)| One { id, intent, observation }).collect())
    }
}
