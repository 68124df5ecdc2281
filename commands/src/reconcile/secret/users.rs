//! Who uses a secret: what refers to it in the log.

use super::super::{Error, Reconciler};
use domain::{
    StreamId,
    ids::{OrganizationId, ProfileId, SecretId, WorkloadId},
    profile::Profile,
    stream::Kind,
    workload::{Requested, Workload},
};
use std::collections::BTreeSet;

/// More than any secret has.
const USERS_MAX: u16 = u16::MAX;

/// Who uses a secret.
#[derive(Debug, Default)]
pub(in crate::reconcile) struct Users {
    /// Those with a profile or a workload that mounts it.
    pub(in crate::reconcile) organizations: BTreeSet<OrganizationId>,
    /// What mounts it.
    pub(super) workloads: Vec<(WorkloadId, Requested)>,
}

impl Reconciler {
    pub(in crate::reconcile) async fn users_of(&self, id: SecretId) -> Result<Users, Error> {
        let users = self.writer().log().referrers(StreamId::secret(id), USERS_MAX).await?;
        let of = |kind| users.iter().filter(move |user| user.kind == kind).map(|user| user.id);
        let profiles: Vec<ProfileId> = of(Kind::Profile).map(ProfileId).collect();
        let workloads: Vec<WorkloadId> = of(Kind::Workload).map(WorkloadId).collect();
        let mut users = Users::default();
        for profile in self.fold_each::<Profile>(&profiles).await? {
            if let Profile::Present(profile) = profile.state {
                users.organizations.insert(profile.definition.organization_id);
            }
        }
        let folded = self.fold_each::<Workload>(&workloads).await?;
        for (id, workload) in workloads.into_iter().zip(folded) {
            if let Workload::Present(requested) = workload.state {
                users.organizations.insert(requested.organization);
                users.workloads.push((id, requested));
            }
        }
        Ok(users)
    }
}
