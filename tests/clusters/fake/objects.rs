//! The workloads and the secrets of a fake cluster.

use super::{Connection, FakeCluster, cluster_broke};
use async_trait::async_trait;
use commands::ports::{
    cluster::{
        Error, Revision, Secrets, Workloads,
        secret::{self, Home},
        workload::{Held, Life, Listed, Target, Which},
    },
    vault::Secret,
};
use domain::ids::{OrganizationId, SecretId};
use std::{collections::BTreeSet, sync::atomic::Ordering};

impl FakeCluster {
    fn put_workload(&self, target: &Target, seen: Option<&Revision>) -> Result<(), Error> {
        let tried = "write the workload";
        if let Some(words) = self.refusal.lock().unwrap().clone() {
            return Err(Error::Refused { tried, words });
        }
        let mut workloads = self.workloads.lock().unwrap();
        let id = target.marker.which.workload;
        let held = workloads.get(&id).map(|(_, revision)| Revision(revision.to_string()));
        if held.as_ref() != seen {
            return Err(Error::Overtaken { tried });
        }
        let revision = workloads.get(&id).map_or(1, |(_, revision)| revision + 1);
        workloads.insert(id, (target.clone(), revision));
        self.writes.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn held(&self, which: Which) -> Option<Held> {
        let workloads = self.workloads.lock().unwrap();
        let (target, revision) = workloads.get(&which.workload)?;
        Some(Held {
            marker: Some(target.marker.clone()),
            revision: Revision(revision.to_string()),
            spec: Some(target.spec.clone()),
            life: Life { running: target.spec.replicas, ..Life::default() },
        })
    }
}

#[async_trait]
impl Workloads for Connection {
    async fn workloads(&self) -> Result<Vec<Listed>, Error> {
        let listed = async {
            let workloads = self.cluster.workloads.lock().unwrap();
            let listed = |(target, _): &(Target, u64)| Listed {
                marker: target.marker.clone(),
                name: target.marker.which.object_name(),
                spec: Some(target.spec.clone()),
                running: target.spec.replicas,
            };
            Ok(workloads.values().map(listed).collect())
        };
        self.fuse.around(listed, cluster_broke).await
    }
    async fn workload(&self, which: Which) -> Result<Option<Held>, Error> {
        let read = async {
            self.cluster.before_read.happen().await;
            let held = self.cluster.held(which);
            self.cluster.after_read.happen().await;
            Ok(held)
        };
        self.fuse.around(read, cluster_broke).await
    }
    async fn create_workload(&self, target: &Target) -> Result<(), Error> {
        let made = async { self.cluster.put_workload(target, None) };
        self.fuse.around(made, cluster_broke).await
    }
    async fn replace_workload(&self, target: &Target, seen: &Revision) -> Result<(), Error> {
        let replaced = async { self.cluster.put_workload(target, Some(seen)) };
        self.fuse.around(replaced, cluster_broke).await
    }
    async fn remove_workload(&self, which: Which, seen: &Revision) -> Result<(), Error> {
        let removed = async {
            let held = self.cluster.held(which).map(|held| held.revision);
            if held.as_ref() != Some(seen) {
                return Err(Error::Overtaken { tried: "remove the workload" });
            }
            self.cluster.workloads.lock().unwrap().remove(&which.workload);
            self.cluster.writes.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        self.fuse.around(removed, cluster_broke).await
    }
}

impl FakeCluster {
    fn shown_secrets(&self) -> Vec<secret::Object> {
        self.secrets.lock().unwrap().values().map(|(object, _)| object.clone()).collect()
    }

    fn put_secret(&self, target: &secret::Target, value: &Secret) -> Result<(), Error> {
        let tried = "make the secret";
        if let Some(words) = self.refusal.lock().unwrap().clone() {
            return Err(Error::Refused { tried, words });
        }
        let (name, mut secrets) = (target.object_name(), self.secrets.lock().unwrap());
        if secrets.contains_key(&name) {
            return Err(Error::Overtaken { tried });
        }
        let native_id = self.made.fetch_add(1, Ordering::Relaxed).to_string();
        let (marker, home, called) = (target.marker, target.home, name.clone());
        let object = secret::Object { marker, home, name: name.clone(), called, native_id };
        secrets.insert(name, (object, value.clone()));
        self.writes.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// What a workload mounts stays.
    fn remove(&self, object: &secret::Object) -> Result<(), Error> {
        let workloads = self.workloads.lock().unwrap();
        let mut mounted = workloads.values().flat_map(|(target, _)| &target.spec.secrets);
        if mounted.any(|mounted| mounted.object_name() == object.name) {
            let words = "it is in use".to_owned();
            return Err(Error::Refused { tried: "remove the secret", words });
        }
        let mut secrets = self.secrets.lock().unwrap();
        if secrets.get(&object.name).is_some_and(|(now, _)| now.native_id == object.native_id) {
            secrets.remove(&object.name);
            self.writes.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

#[async_trait]
impl Secrets for Connection {
    fn homes(&self, _: &BTreeSet<OrganizationId>) -> BTreeSet<Home> {
        [Home(None)].into()
    }
    async fn secrets(&self) -> Result<Vec<secret::Object>, Error> {
        self.fuse.around(async { Ok(self.cluster.shown_secrets()) }, cluster_broke).await
    }
    async fn secret(&self, id: SecretId) -> Result<Vec<secret::Object>, Error> {
        let read = async {
            let mut shown = self.cluster.shown_secrets();
            shown.retain(|object| object.marker.secret == id);
            Ok(shown)
        };
        self.fuse.around(read, cluster_broke).await
    }
    async fn foreign_secrets(&self) -> Result<(Vec<secret::Foreign>, bool), Error> {
        Ok((vec![], false))
    }
    async fn create_secret(&self, target: &secret::Target, value: &Secret) -> Result<(), Error> {
        let made = async { self.cluster.put_secret(target, value) };
        self.fuse.around(made, cluster_broke).await
    }
    async fn remove_secret(&self, object: &secret::Object) -> Result<(), Error> {
        let removed = async { self.cluster.remove(object) };
        self.fuse.around(removed, cluster_broke).await
    }
}
