//! Workloads on a cluster: one object each, in words that both engines share.
//!
//! Every object that Berth makes says which Berth made it, of which workload, and how old the
//! decision is that it was made from (`Marker`). A write names the revision that was read, and what
//! is to be made new is refused where something is there already. So the caller can read the object
//! *before* it folds its target from the log, and a worker that slept writes nothing older over
//! anything newer.

use super::{Error, Revision, secret::object_name};
use async_trait::async_trait;
use domain::{
    constraint::Constraint,
    ids::{InstanceId, OrganizationId, WorkloadId},
    name::Name,
    profile::mount::FileName,
    secret::SecretName,
    workload_observation::{Pair, repair::Part},
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The objects of workloads on one cluster.
#[async_trait]
pub trait Workloads: Send + Sync {
    /// Every object that says a Berth made it, whichever Berth that is.
    async fn workloads(&self) -> Result<Vec<Listed>, Error>;

    /// The object of one workload, read afresh; `None` when there is none.
    async fn workload(&self, which: Which) -> Result<Option<Held>, Error>;

    /// Makes an object where there is none, once: `Error::Overtaken` where there is one.
    async fn create_workload(&self, target: &Target) -> Result<(), Error>;

    /// Makes of an object what it should be, if it is still at the revision that was read.
    async fn replace_workload(&self, target: &Target, seen: &Revision) -> Result<(), Error>;

    /// Takes an object away, if it is still the one that was read.
    async fn remove_workload(&self, which: Which, seen: &Revision) -> Result<(), Error>;
}

/// Whose object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Which {
    /// Of which workload.
    pub workload: WorkloadId,
    /// Whose workload it is.
    pub organization: OrganizationId,
}

impl Which {
    /// The name of the object; it is the same on each cluster and at each try.
    #[must_use]
    pub fn object_name(self) -> String {
        format!("berth-{}", self.workload)
    }
}

/// What an object says of where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Which Berth made it.
    pub instance: InstanceId,
    /// Of which workload.
    pub which: Which,
    /// How old the decision is that it was made from.
    pub pair: Pair,
    /// The digest of what it was made as, so that a change behind Berth's back shows in a list.
    pub made_as: Option<Uuid>,
    /// The number of the last repair.
    pub repairs: u32,
    /// What that repair wrote again. It stands here so that a worker which died before it could
    /// say so is caught up with.
    pub repaired: Vec<Part>,
}

/// What an object is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Where it comes from.
    pub marker: Marker,
    /// What people call the workload.
    pub name: Name,
    /// What runs.
    pub spec: Spec,
}

/// What runs, and where it may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Spec {
    /// What is pulled.
    pub image: String,
    /// What is run instead of the image's own entry point; empty is the image's own.
    pub command: Vec<String>,
    /// Variables.
    pub environment: BTreeMap<String, String>,
    /// The limit of one container, in thousandths of a processor.
    pub cpu_millicores: Option<u32>,
    /// The limit of one container, in bytes.
    pub memory_bytes: Option<u64>,
    /// What the labels of a node must be.
    pub constraints: BTreeSet<Constraint>,
    /// What is there to be read as a file.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub secrets: BTreeSet<Mounted>,
    /// How many containers.
    pub replicas: u32,
}

/// A version of a secret, and the file below `/run/secrets/` that has its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Mounted {
    /// What the secret is called.
    pub name: SecretName,
    /// The name of the file, which is the same for each version.
    pub target: FileName,
    /// Which version of its value.
    pub version: u32,
}

impl Mounted {
    /// The name of the object that has the value.
    #[must_use]
    pub fn object_name(&self) -> String {
        object_name(&self.name, self.version)
    }
}

/// An object as a cluster showed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Where it says it comes from; `None` where it does not say so, and so is nobody's of ours.
    pub marker: Option<Marker>,
    /// Moves with every change of the object, whoever made it.
    pub revision: Revision,
    /// What it says is to run; `None` where it says what Berth never would.
    pub spec: Option<Spec>,
    /// What does run.
    pub life: Life,
}

/// What runs of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// How many containers run that are made as the object says.
    pub running: u32,
    /// Whether the engine is still putting new ones in the place of old ones.
    pub is_changing: bool,
    /// What the engine says is wrong, if it says so.
    pub trouble: Option<String>,
    /// Why the engine has given up putting new ones in the place of old ones, if it has.
    pub gave_up: Option<String>,
}

/// An object in the list of a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Where it says it comes from.
    pub marker: Marker,
    /// Its name on the cluster.
    pub name: String,
    /// What it says is to run; `None` where it says what Berth never would.
    pub spec: Option<Spec>,
    /// How many containers run, as the engine counts them.
    pub running: u32,
}

impl Spec {
    /// The same for equal ones, in every version of this program that knows the same fields.
    #[must_use]
    pub fn digest(&self) -> Uuid {
        let text = serde_json::to_vec(self).unwrap_or_default();
        Uuid::new_v5(&Uuid::NAMESPACE_OID, &text)
    }

    /// What is not as it should be; nothing where all is.
    #[must_use]
    pub fn drifted(&self, shown: Option<&Self>) -> Vec<Part> {
        let Some(shown) = shown else { return vec![Part::Specification] };
        let mut parts = vec![];
        if self.replicas != shown.replicas {
            parts.push(Part::Replicas);
        }
        if *self != (Self { replicas: self.replicas, ..shown.clone() }) {
            parts.push(Part::Specification);
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> Spec {
        Spec {
            image: "nginx".to_owned(),
            command: vec![],
            environment: BTreeMap::new(),
            cpu_millicores: None,
            memory_bytes: None,
            constraints: BTreeSet::new(),
            secrets: BTreeSet::new(),
            replicas: 2,
        }
    }

    #[test]
    fn a_digest_tells_specifications_apart() {
        assert_eq!(spec().digest(), spec().digest());
        assert_ne!(spec().digest(), Spec { replicas: 3, ..spec() }.digest());
    }

    #[test]
    fn what_drifted_is_named_by_its_part() {
        assert_eq!(spec().drifted(Some(&spec())), []);
        let scaled = Spec { replicas: 5, ..spec() };
        assert_eq!(spec().drifted(Some(&scaled)), [Part::Replicas]);
        let other = Spec { image: "apache".to_owned(), ..spec() };
        assert_eq!(spec().drifted(Some(&other)), [Part::Specification]);
        let both = Spec { image: "apache".to_owned(), ..scaled };
        assert_eq!(spec().drifted(Some(&both)), [Part::Replicas, Part::Specification]);
        assert_eq!(spec().drifted(None), [Part::Specification]);
    }
}
