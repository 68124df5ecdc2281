//! A real cluster, around whose calls a worker may die or sleep.

use crate::{fake::Meanwhile, fuse::Fuse};
use async_trait::async_trait;
use commands::ports::{
    Cluster, Clusters,
    cluster::{
        Effects, Endpoint, Error, Manner, NodeChange, Owners, Remaining, Revision, Secrets, Shown,
        Workloads, secret,
        workload::{Held, Listed, Target, Which},
    },
    vault::Secret,
};
use domain::{
    connectivity::{Finding, Report},
    ids::{OrganizationId, SecretId},
    node_observation::Facts,
};
use std::{collections::BTreeSet, sync::Arc};
use tokio::sync::{Notify, mpsc};

/// Reaches clusters as others do, with a worker that may die or sleep.
pub(crate) struct Around {
    pub(crate) clusters: Arc<dyn Clusters>,
    /// Breaks one call, before or after it takes effect.
    pub(crate) fuse: Arc<Fuse>,
    /// Happens once, after everything was decided and before something is made.
    pub(crate) before_create: Arc<Meanwhile>,
}

#[async_trait]
impl Clusters for Around {
    async fn connect(&self, endpoint: &Endpoint) -> Result<Arc<dyn Cluster>, Error> {
        let cluster = self.clusters.connect(endpoint).await?;
        let (fuse, before_create) = (Arc::clone(&self.fuse), Arc::clone(&self.before_create));
        Ok(Arc::new(Connection { cluster, fuse, before_create }))
    }

    async fn test(
        &self,
        endpoint: &Endpoint,
        owners: &dyn Owners,
        told: mpsc::Sender<Finding>,
    ) -> Report {
        self.clusters.test(endpoint, owners, told).await
    }
}

struct Connection {
    cluster: Arc<dyn Cluster>,
    fuse: Arc<Fuse>,
    before_create: Arc<Meanwhile>,
}

fn died() -> Error {
    Error::Unreachable { tried: "go on", source: "the process died".into() }
}

#[async_trait]
impl Cluster for Connection {
    async fn identity(&self) -> Result<String, Error> {
        self.fuse.around(self.cluster.identity(), died).await
    }
    async fn nodes(&self) -> Result<Vec<Facts>, Error> {
        self.fuse.around(self.cluster.nodes(), died).await
    }
    async fn node(&self, native_id: &str) -> Result<Option<Shown>, Error> {
        self.fuse.around(self.cluster.node(native_id), died).await
    }
    async fn change_node(
        &self,
        native_id: &str,
        seen: &Revision,
        change: &NodeChange,
    ) -> Result<(), Error> {
        self.fuse.around(self.cluster.change_node(native_id, seen, change), died).await
    }
    async fn evacuate(&self, native_id: &str, manner: Manner) -> Result<Remaining, Error> {
        self.fuse.around(self.cluster.evacuate(native_id, manner), died).await
    }
    async fn impact(
        &self,
        native_id: &str,
        change: &NodeChange,
        manner: Manner,
    ) -> Result<Effects, Error> {
        self.fuse.around(self.cluster.impact(native_id, change, manner), died).await
    }
    async fn follow(&self, changed: &Notify) -> Result<(), Error> {
        self.cluster.follow(changed).await
    }
}

#[async_trait]
impl Workloads for Connection {
    async fn workloads(&self) -> Result<Vec<Listed>, Error> {
        self.fuse.around(self.cluster.workloads(), died).await
    }
    async fn workload(&self, which: Which) -> Result<Option<Held>, Error> {
        self.fuse.around(self.cluster.workload(which), died).await
    }
    async fn create_workload(&self, target: &Target) -> Result<(), Error> {
        self.before_create.happen().await;
        self.fuse.around(self.cluster.create_workload(target), died).await
    }
    async fn replace_workload(&self, target: &Target, seen: &Revision) -> Result<(), Error> {
        self.fuse.around(self.cluster.replace_workload(target, seen), died).await
    }
    async fn remove_workload(&self, which: Which, seen: &Revision) -> Result<(), Error> {
        self.fuse.around(self.cluster.remove_workload(which, seen), died).await
    }
}

#[async_trait]
impl Secrets for Connection {
    fn homes(&self, users: &BTreeSet<OrganizationId>) -> BTreeSet<secret::Home> {
        self.cluster.homes(users)
    }
    async fn secrets(&self) -> Result<Vec<secret::Object>, Error> {
        self.fuse.around(self.cluster.secrets(), died).await
    }
    async fn secret(&self, id: SecretId) -> Result<Vec<secret::Object>, Error> {
        self.fuse.around(self.cluster.secret(id), died).await
    }
    async fn foreign_secrets(&self) -> Result<(Vec<secret::Foreign>, bool), Error> {
        self.fuse.around(self.cluster.foreign_secrets(), died).await
    }
    async fn create_secret(&self, target: &secret::Target, value: &Secret) -> Result<(), Error> {
        self.before_create.happen().await;
        self.fuse.around(self.cluster.create_secret(target, value), died).await
    }
    async fn remove_secret(&self, object: &secret::Object) -> Result<(), Error> {
        self.fuse.around(self.cluster.remove_secret(object), died).await
    }
}
