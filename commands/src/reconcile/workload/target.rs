//! What is wanted of a workload on one of its clusters, folded from the log.
//!
//! Where it was placed last, it is to run. Every cluster that it was on before keeps the same
//! object with the newest epoch and no container: whoever wakes up late there finds that he is.

use super::{
    super::{Error, Folded, Reconciler},
    Run,
};
use crate::{
    ports::cluster::workload::{Marker, Spec, Target, Which},
    profile::pinned,
};
use domain::{
    Position,
    ids::{ClusterId, ProviderId, WorkloadId},
    image::Image,
    workload::{Gone, Placement, Requested, Workload},
    workload_observation::{Of, Pair},
};

/// What a cluster is to a workload.
#[derive(Clone, Debug)]
pub(in crate::reconcile) enum Standing {
    /// Nothing: it never was there.
    None,
    /// It is there.
    Here(Box<Requested>, Placement),
    /// It was there, and has left for this placement.
    Left(Box<Requested>, Placement),
    /// It was there, and was removed.
    Gone(Gone),
}

impl Standing {
    pub(in crate::reconcile) fn of(workload: &Workload, cluster: ClusterId) -> Self {
        match workload {
            Workload::Absent => Self::None,
            Workload::Present(requested) => match requested.placement {
                Some(now) if now.cluster == cluster => Self::Here(Box::new(requested.clone()), now),
                Some(now) if requested.left.contains(&cluster) => {
                    Self::Left(Box::new(requested.clone()), now)
                }
                Some(_) | None => Self::None,
            },
            Workload::Removed(gone) if gone.clusters.contains(&cluster) => Self::Gone(gone.clone()),
            Workload::Removed(_) => Self::None,
        }
    }

    /// Whose object, and through which provider the cluster is reached.
    pub(in crate::reconcile) fn object(&self, id: WorkloadId) -> Option<(Which, ProviderId)> {
        let (organization, provider) = match self {
            Self::None => return None,
            Self::Here(requested, _) | Self::Left(requested, _) => {
                (requested.organization, requested.provider)
            }
            Self::Gone(gone) => (gone.organization, gone.provider),
        };
        Some((Which { workload: id, organization }, provider))
    }
}

/// What is wanted on one cluster.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) requested: Box<Requested>,
    pub(super) placement: Placement,
    /// Whether it is to be there, or has left.
    pub(super) is_here: bool,
    pub(super) pair: Pair,
}

impl Wanted {
    /// How many containers are to run there.
    pub(super) fn replicas(&self) -> u32 {
        if self.is_here && !self.requested.stopped {
            self.requested.replicas.get().into()
        } else {
            0
        }
    }

    /// About whom a report is.
    pub(super) fn of(&self, cluster: ClusterId) -> Of {
        Of {
            cluster,
            epoch: self.pair.epoch,
            organization: self.requested.organization,
            profile: self.requested.profile,
            provider: self.requested.provider,
        }
    }
}

/// What the last event of a workload asks for on one cluster.
pub(super) fn wanted(intent: &Folded<Workload>, standing: Standing) -> Option<Wanted> {
    let position = intent.last.map_or(Position::START, |last| last.position);
    let (requested, placement, is_here) = match standing {
        Standing::Here(requested, placement) => (requested, placement, true),
        Standing::Left(requested, placement) => (requested, placement, false),
        Standing::None | Standing::Gone(_) => return None,
    };
    let pair = Pair { epoch: placement.epoch, position };
    Some(Wanted { requested, placement, is_here, pair })
}

/// Why nothing can be made of what is wanted.
pub(super) struct Impossible(pub(super) String);

impl Reconciler {
    /// What runs, made from the pinned version of the profile.
    pub(super) async fn spec(
        &self,
        run: &Run<'_>,
        wanted: &Wanted,
    ) -> Result<Result<Spec, Impossible>, Error> {
        let requested = &wanted.requested;
        let streams = self.writer().streams();
        let version = requested.profile_version;
        let Some(definition) = pinned(streams, requested.profile, version).await? else {
            let why = format!("version {version} of its profile is not in the log");
            return Ok(Err(Impossible(why)));
        };
        let replicas = wanted.replicas();
        // What nothing reads is not held, so that what was rotated or removed can go.
        let mounts = if replicas > 0 { &definition.secrets[..] } else { &[] };
        let secrets = match self.mounted(run, mounts).await? {
            Ok(secrets) => secrets,
            Err(impossible) => return Ok(Err(impossible)),
        };
        let image = self.fold::<Image>(requested.image).await?;
        let Ok(image) = image.state.present() else {
            return Ok(Err(Impossible("its image is no longer offered".to_owned())));
        };
        let variable = |(name, value): (&_, &String)| {
            let name: &domain::profile::environment::Variable = name;
            (name.to_string(), value.clone())
        };
        Ok(Ok(Spec {
            image: image.reference.to_string(),
            command: definition.command.clone(),
            environment: definition.environment.iter().map(variable).collect(),
            cpu_millicores: definition.resources.cpu_millicores,
            memory_bytes: definition.resources.memory_bytes,
            constraints: definition.constraints.iter().cloned().collect(),
            secrets,
            replicas,
        }))
    }

    /// What an object is to be, with what it is to say of its repairs.
    pub(super) fn object(
        &self,
        which: Which,
        wanted: &Wanted,
        spec: Spec,
        repairs: (u32, Vec<domain::workload_observation::repair::Part>),
    ) -> Target {
        let (repairs, repaired) = repairs;
        let (instance, pair, made_as) = (self.instance(), wanted.pair, Some(spec.digest()));
        let marker = Marker { instance, which, pair, made_as, repairs, repaired };
        Target { marker, name: wanted.requested.name.clone(), spec }
    }
}
