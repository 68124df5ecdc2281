//! Compares the objects of workloads that a cluster lists with the log, and names those that need a
//! closer look. What it lists is a moment old, so nothing is recorded from it.
//!
//! An object that this Berth did not make, or of which the log knows nothing there, is named in the
//! log of the process, once, and left alone.

use super::{Error, Folded, Reconciler, workload::Standing};
use crate::ports::cluster::{self as port, workload::Listed};
use domain::{
    ids::{ClusterId, ProviderId, WorkloadId},
    stream::Kind,
    tag::Tag,
    workload::Workload,
    workload_observation::{State, WorkloadObservation},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};
use tracing::{info, instrument};

/// How many objects that are not ours are remembered, so that each is named once.
const STRANGERS_MAX: usize = 10_000;
/// The most objects followed on one cluster.
const WORKLOADS_MAX: usize = 20_000;
/// How many streams are asked for at once.
const PAGE: u16 = 500;
/// How many workloads are read from the log at once.
const AT_ONCE: usize = 500;

impl Reconciler {
    /// Compares the workloads of a cluster with the log. Answers those to bring in line.
    ///
    /// # Errors
    /// When the cluster or the log does not answer.
    #[instrument(name = "reconcile", skip_all, fields(cluster.id = %id))]
    pub async fn workloads(
        &self,
        provider: ProviderId,
        id: ClusterId,
    ) -> Result<Vec<WorkloadId>, Error> {
        let Some(endpoint) = self.working(provider, id).await? else { return Ok(vec![]) };
        let listed = match self.clusters().connect(&endpoint).await?.workloads().await {
            Ok(listed) => listed,
            // Whatever is wanted there then gets its own look, and its own refusal.
            Err(port::Error::Refused { .. } | port::Error::PermissionMissing { .. }) => vec![],
            Err(error) => return Err(error.into()),
        };
        if listed.len() > WORKLOADS_MAX {
            return Err(Error::TooManyWorkloads { shown: listed.len(), most: WORKLOADS_MAX });
        }
        // After the list, so that what is recorded meanwhile is compared once too often, and never
        // once too seldom.
        let known = self.workloads_of(id).await?;
        let own = self.own(id, listed, &known);
        let mut behind = vec![];
        let known: Vec<WorkloadId> = known.into_iter().collect();
        for known in known.chunks(AT_ONCE) {
            let intents = self.fold_each::<Workload>(known).await?;
            let observations = self.fold_each::<WorkloadObservation>(known).await?;
            for ((workload, intent), observation) in known.iter().zip(intents).zip(observations) {
                let listed = own.get(workload);
                if is_behind(id, &intent, &observation.state, listed)
                    || self.is_outdated(id, &intent, listed).await?
                {
                    behind.push(*workload);
                }
            }
        }
        Ok(behind)
    }

    /// Whether a workload mounts another version of a secret than it is to.
    async fn is_outdated(
        &self,
        cluster: ClusterId,
        intent: &Folded<Workload>,
        listed: Option<&Listed>,
    ) -> Result<bool, Error> {
        let spec = listed.and_then(|listed| listed.spec.as_ref());
        match (&intent.state, spec.filter(|spec| !spec.secrets.is_empty())) {
            (Workload::Present(requested), Some(spec)) => {
                Ok(!self.mounts_what_is_wanted(cluster, &requested.secrets, spec).await?)
            }
            _ => Ok(false),
        }
    }

    /// The workloads that were ever placed on a cluster.
    async fn workloads_of(&self, id: ClusterId) -> Result<BTreeSet<WorkloadId>, Error> {
        let (tag, mut after, mut workloads) = (Tag::cluster(id), None, BTreeSet::new());
        loop {
            let page =
                self.writer().log().tagged_streams(&tag, Kind::Workload, after, PAGE).await?;
            after = page.last().copied();
            workloads.extend(page.iter().map(|stream| WorkloadId(stream.id)));
            if page.len() < usize::from(PAGE) {
                return Ok(workloads);
            }
        }
    }

    fn own(
        &self,
        cluster: ClusterId,
        listed: Vec<Listed>,
        known: &BTreeSet<WorkloadId>,
    ) -> BTreeMap<WorkloadId, Listed> {
        let (own, strange): (Vec<_>, Vec<_>) = listed.into_iter().partition(|listed| {
            let marker = &listed.marker;
            marker.instance == self.instance() && known.contains(&marker.which.workload)
        });
        for Listed { name, marker, .. } in strange {
            let by = marker.instance;
            if self.strangers.is_new(cluster, &name) {
                info!("`{name}` on cluster {cluster}, made by instance {by}, is not ours to touch");
            }
        }
        own.into_iter().map(|listed| (listed.marker.which.workload, listed)).collect()
    }
}

/// Objects that are not ours, and were named.
#[derive(Debug, Default)]
pub(super) struct Strangers(Mutex<BTreeSet<(ClusterId, String)>>);

impl Strangers {
    pub(super) fn is_new(&self, cluster: ClusterId, name: &str) -> bool {
        let mut named = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        named.len() < STRANGERS_MAX && named.insert((cluster, name.to_owned()))
    }
}

/// Whether a closer look at a workload would find something to record or to change.
fn is_behind(
    cluster: ClusterId,
    intent: &Folded<Workload>,
    known: &WorkloadObservation,
    listed: Option<&Listed>,
) -> bool {
    let standing = Standing::of(&intent.state, cluster);
    let (requested, placement, is_here) = match &standing {
        Standing::None => return false,
        Standing::Gone(_) => return listed.is_some(),
        Standing::Here(requested, placement) => (requested, placement, true),
        Standing::Left(requested, placement) => (requested, placement, false),
    };
    let Some(listed) = listed else { return true };
    let (pair, last) = (listed.marker.pair, intent.last.map(|last| last.position));
    let is_of_now = pair.epoch == placement.epoch && (!is_here || Some(pair.position) == last);
    let is_told =
        known.applied.get(&cluster) == Some(&pair) && known.repairs >= listed.marker.repairs;
    if !is_of_now || !is_told {
        return true;
    }
    let Some(spec) = &listed.spec else { return true };
    if listed.marker.made_as != Some(spec.digest()) {
        return true;
    }
    if !is_here || requested.stopped {
        return spec.replicas > 0;
    }
    let runs = known
        .condition
        .as_ref()
        .is_some_and(|condition| condition.of == pair && condition.state == State::Running);
    !runs || listed.running < spec.replicas
}
