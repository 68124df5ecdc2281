//! Brings one thing in line with the log: a cluster's list of nodes, of secrets or of workloads,
//! one node, or one secret or one workload on one cluster.
//!
//! A run takes an id and nothing else. It does not learn *why* it was called: a hint, the sweep and
//! a restart must do the same thing, or the rare one would be the broken one. The target is folded
//! from the streams of the log, never from a read model, which may lag or be rebuilding.
//!
//! **Invariants**
//! - Nothing here writes to the log but commands about what was seen: facts, then effects.
//! - What is recorded of a node was read after the record before it, since each report expects the
//!   version of the observations that it was made from. So two workers cannot turn time back.
//! - A node or an object is read before its target is folded, and the write names what was read. So
//!   a worker that slept cannot write an older decision over a newer one.
//! - At most one change of a node or an object a run, and a failure waits for the next run. Only
//!   the race for a revision is run again here, a bounded number of times, with what is there and
//!   its target read anew.
//! - Absence is never a reason to delete: only the object of a workload or of a secret that was
//!   removed is, and that of an older version of a secret.
//! - Absent on purpose: any mention of Swarm or Kubernetes.

mod cluster;
mod connectivity;
mod identity;
mod node;
mod record;
mod report;
mod secret;
mod secrets;
mod workload;
mod workloads;

pub use node::Done;
pub use secret::SecretDone;
pub use workload::WorkloadDone;

use crate::{
    endpoint::endpoint,
    handle::{self, Writer},
    ports::{
        Clock,
        cluster::{self as port, Clusters, Endpoint},
        event_log, vault,
    },
    streams::{Cause, Folded},
};
use domain::{
    Aggregate, cluster as observed,
    ids::{ClusterId, InstanceId, ProviderId},
    provider::Provider,
};
use std::sync::Arc;
use workloads::Strangers;

/// Compares and brings in line; shared by all that run at once.
#[derive(Clone)]
pub struct Reconciler {
    writer: Writer,
    clusters: Arc<dyn Clusters>,
    clock: Arc<dyn Clock>,
    instance: InstanceId,
    strangers: Arc<Strangers>,
}

/// Why a run ended before its end. The next run starts over.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The cluster did not do its part.
    #[error(transparent)]
    Cluster(#[from] port::Error),
    /// The log did not do its part.
    #[error(transparent)]
    Log(#[from] event_log::Error),
    /// The vault did not do its part.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// A report was refused, which no report should be.
    #[error("could not report what was seen")]
    Report(#[source] handle::Error),
    /// Another worker reported something newer meanwhile.
    #[error("another worker was faster")]
    Overtaken,
    /// The real cluster is another's, so this one is left alone.
    #[error("it is the same real cluster as {0}, and is left alone")]
    Rejected(ClusterId),
    /// The cluster shows more nodes than any real one.
    #[error("the cluster shows {shown} nodes, but at most {most} are followed")]
    TooManyNodes {
        /// What it shows.
        shown: usize,
        /// The bound.
        most: usize,
    },
    /// The cluster shows more objects of secrets than one is to have.
    #[error("the cluster shows {shown} objects of secrets, but at most {most} are followed")]
    TooManySecrets {
        /// What it shows.
        shown: usize,
        /// The bound.
        most: usize,
    },
    /// The cluster shows more objects of workloads than one is to have.
    #[error("the cluster shows {shown} objects of workloads, but at most {most} are followed")]
    TooManyWorkloads {
        /// What it shows.
        shown: usize,
        /// The bound.
        most: usize,
    },
}

impl Reconciler {
    /// Reads and reports through `writer`, reaches clusters through `clusters`, and knows by
    /// `clock` when a deadline has passed. What it makes there says that this instance made it.
    #[must_use]
    pub fn new(
        writer: Writer,
        clusters: Arc<dyn Clusters>,
        clock: Arc<dyn Clock>,
        instance: InstanceId,
    ) -> Self {
        Self { writer, clusters, clock, instance, strangers: Arc::default() }
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    pub(crate) fn writer(&self) -> &Writer {
        &self.writer
    }

    pub(crate) fn instance(&self) -> InstanceId {
        self.instance
    }

    pub(crate) fn clusters(&self) -> &dyn Clusters {
        &*self.clusters
    }

    /// How a cluster is reached, if work may be sent to it: not to one that is another's.
    async fn working(
        &self,
        provider: ProviderId,
        cluster: ClusterId,
    ) -> Result<Option<Endpoint>, Error> {
        let observed = self.fold::<observed::Cluster>(cluster).await?.state;
        if observed.rejection.is_some() {
            return Ok(None);
        }
        self.enabled(provider, cluster).await
    }

    /// How a cluster is reached, if it may be: disabled means hands off.
    async fn enabled(
        &self,
        provider: ProviderId,
        cluster: ClusterId,
    ) -> Result<Option<Endpoint>, Error> {
        let Provider::Present(provider) = self.fold::<Provider>(provider).await?.state else {
            return Ok(None);
        };
        let Ok(cluster) = provider.working(cluster).cloned() else { return Ok(None) };
        Ok(Some(endpoint(&self.writer, provider.kind, cluster).await?))
    }

    async fn fold<A: Aggregate>(&self, id: A::Id) -> Result<Folded<A>, Error> {
        Ok(Folded::clone(&*self.writer.streams().fold(id).await?))
    }

    /// Several of one kind, in one look. One without events is as nobody ever made it.
    async fn fold_each<A: Aggregate>(&self, ids: &[A::Id]) -> Result<Vec<Folded<A>>, Error> {
        let folded = self.writer.streams().fold_each(ids).await?;
        Ok(folded.iter().map(|folded| Folded::clone(folded)).collect())
    }
}
