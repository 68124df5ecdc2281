//! Compares one thing, and says what is to be compared after it.

use super::queue::Job;
use crate::reconcile::{Done, Error, Reconciler, SecretDone, WorkloadDone};
use domain::ids::{ClusterId, NodeId};

/// What a comparison leaves to be compared.
pub(super) enum Next {
    /// Nothing.
    Nothing,
    /// These, which differ.
    Jobs(Vec<Job>),
    /// The same, soon.
    Again,
    /// These, and the same soon.
    First(Vec<Job>),
    /// This node, which is being drained, after a rest.
    Rest(NodeId),
}

/// What a list of a cluster is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Nodes,
    Secrets,
    Workloads,
}

impl Part {
    pub(super) fn of(job: Job) -> Self {
        match job {
            Job::Cluster(_) | Job::Node(_) => Self::Nodes,
            Job::Secrets(_) | Job::Secret(_) => Self::Secrets,
            Job::Workloads(_) | Job::Workload(_) => Self::Workloads,
        }
    }
}

/// Compares one thing with the log.
pub(super) async fn compare(
    reconciler: &Reconciler,
    cluster: ClusterId,
    job: Job,
) -> Result<Next, Error> {
    Ok(match job {
        Job::Cluster(provider) => {
            let nodes = reconciler.cluster(provider, cluster).await?;
            let nodes = nodes.into_iter().map(Job::Node);
            Next::Jobs(nodes.chain([Job::Secrets(provider), Job::Workloads(provider)]).collect())
        }
        Job::Node(node) => match reconciler.node(node).await? {
            Done::Draining => Next::Rest(node),
            Done::Unknown
            | Done::HandsOff
            | Done::Lost
            | Done::InLine
            | Done::Rejected
            | Done::Unsettled => Next::Nothing,
        },
        Job::Secrets(provider) => {
            let secrets = reconciler.secrets(provider, cluster).await?;
            Next::Jobs(secrets.into_iter().map(Job::Secret).collect())
        }
        Job::Secret(id) => match reconciler.secret(id, cluster).await? {
            SecretDone::Rolling(workloads) => {
                Next::First(workloads.into_iter().map(Job::Workload).collect())
            }
            SecretDone::Converging => Next::Again,
            SecretDone::Unknown
            | SecretDone::HandsOff
            | SecretDone::Removed
            | SecretDone::InLine
            | SecretDone::Rejected
            | SecretDone::Fenced => Next::Nothing,
        },
        Job::Workloads(provider) => {
            let workloads = reconciler.workloads(provider, cluster).await?;
            Next::Jobs(workloads.into_iter().map(Job::Workload).collect())
        }
        Job::Workload(id) => match reconciler.workload(id, cluster).await? {
            WorkloadDone::Lacking(secrets) => {
                Next::First(secrets.into_iter().map(Job::Secret).collect())
            }
            WorkloadDone::Converging | WorkloadDone::Unsettled => Next::Again,
            WorkloadDone::Unknown
            | WorkloadDone::HandsOff
            | WorkloadDone::Foreign
            | WorkloadDone::Removed
            | WorkloadDone::InLine
            | WorkloadDone::Waiting
            | WorkloadDone::Rejected
            | WorkloadDone::Fenced => Next::Nothing,
        },
    })
}
