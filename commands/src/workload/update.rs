//! `UpdateWorkload`

use super::{load, nodes};
use crate::{
    Refusal,
    handle::{Stop, Verb},
    profile::usable,
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{OrganizationId, WorkloadId},
    placement::Nodes,
    profile::Profile,
    workload::{Command, Workload, update::Update},
};

/// The workload is made as its profile stands now. It stays on its cluster.
#[derive(Clone, Debug)]
pub struct UpdateWorkload {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Which one.
    pub id: WorkloadId,
}

impl Verb for UpdateWorkload {
    fn subject(&self) -> StreamId {
        StreamId::workload(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let workload = load(unit, self.organization, self.id).await?;
        let profile = unit.load::<Profile>(workload.profile).await?;
        let profile = profile.of(self.organization).map_err(Refusal::from)?;
        let definition = &profile.definition;
        let mut known = Nodes::Unknown;
        if profile.version != workload.profile_version {
            let image = definition.image_id;
            let provider = usable(unit, self.organization, workload.provider, image).await?;
            if let Some(placement) = workload.placement {
                let constraints = &definition.constraints;
                known = nodes(unit, placement.cluster, provider.kind, constraints).await?;
            }
        }
        let update = Update {
            image: definition.image_id,
            nodes: known,
            profile_version: profile.version,
            secrets: definition.secret_ids(),
        };
        unit.decide::<Workload>(self.id, Command::Update(update)).await
    }
}
