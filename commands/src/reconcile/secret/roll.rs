//! Whether everything on a cluster that mounts a secret came up with a version of it.

use super::{Error, Reconciler, Run, Users};
use crate::ports::cluster::workload::{Held, Which};
use domain::{ids::WorkloadId, secret::SecretName};

/// How far the workloads of a cluster are.
pub(super) enum Rolled {
    /// All of them came up with it.
    All,
    /// These are not made from it, or on their way.
    NotYet(Vec<WorkloadId>),
    /// The engine has given up on this one, in these words.
    GaveUp(WorkloadId, String),
}

/// How far one of them is.
enum One {
    Up,
    Waits,
    GaveUp(String),
}

impl Reconciler {
    pub(super) async fn rolled(
        &self,
        run: &Run<'_>,
        name: &SecretName,
        version: u32,
        users: &Users,
    ) -> Result<Rolled, Error> {
        let mut waiting = vec![];
        for (workload, requested) in &users.workloads {
            let is_here = requested.placement.is_some_and(|now| now.cluster == run.cluster);
            if !is_here || requested.stopped {
                continue;
            }
            let which = Which { workload: *workload, organization: requested.organization };
            // What is made next is made from what is wanted.
            let Some(held) = run.connection.workload(which).await? else { continue };
            let is_own = |held: &Held| {
                let marker = held.marker.as_ref();
                marker.is_some_and(|marker| marker.instance == self.instance())
            };
            if !is_own(&held) {
                continue;
            }
            match one(&held, name, version) {
                One::Up => {}
                One::Waits => waiting.push(*workload),
                One::GaveUp(words) => return Ok(Rolled::GaveUp(*workload, words)),
            }
        }
        Ok(if waiting.is_empty() { Rolled::All } else { Rolled::NotYet(waiting) })
    }
}

/// Fewer containers than are wanted do not keep a rotation from its end: those that run are made
/// from it, and the engine is not putting any in their place.
fn one(held: &Held, name: &SecretName, version: u32) -> One {
    let Some(spec) = &held.spec else { return One::Waits };
    let mut mounted = spec.secrets.iter().filter(|mounted| mounted.name == *name).peekable();
    if mounted.peek().is_none() || mounted.any(|mounted| mounted.version != version) {
        return One::Waits;
    }
    match &held.life.gave_up {
        Some(words) => One::GaveUp(words.clone()),
        None if held.life.is_changing => One::Waits,
        None => One::Up,
    }
}
