//! `RequestWorkload` and `PlaceWorkload`, which are one: a workload that no cluster could take is
//! refused, not kept waiting.

use super::offers;
use crate::{
    Refusal,
    handle::{Stop, Verb},
    profile::usable,
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{OrganizationId, ProfileId, WorkloadId},
    name::Name,
    profile::Profile,
    replicas::Replicas,
    workload::{Command, Workload, place::Place, request::Requested},
};

/// Containers of a profile, as it stands now.
#[derive(Clone, Debug)]
pub struct RequestWorkload {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Its new id.
    pub id: WorkloadId,
    /// Unique within the organization.
    pub name: Name,
    /// Made from which profile.
    pub profile: ProfileId,
    /// How many containers; none is what the profile says.
    pub replicas: Option<Replicas>,
    /// Any number: a draw among clusters depends on it. Drawn once, so that a repeat after a lost
    /// race draws the same.
    pub random: u64,
}

impl Verb for RequestWorkload {
    fn subject(&self) -> StreamId {
        StreamId::workload(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let profile = unit.load::<Profile>(self.profile).await?;
        let profile = profile.of(self.organization).map_err(Refusal::from)?;
        let definition = &profile.definition;
        let provider =
            usable(unit, self.organization, definition.provider_id, definition.image_id).await?;
        let requested = Requested {
            image_id: definition.image_id,
            name: self.name.clone(),
            organization_id: self.organization,
            profile_id: self.profile,
            profile_version: profile.version,
            provider_id: definition.provider_id,
            replicas: self.replicas.unwrap_or(definition.replicas),
            secret_ids: definition.secret_ids(),
        };
        unit.decide::<Workload>(self.id, Command::Request(requested)).await?;
        let offers = offers(unit, &provider, &definition.constraints).await?;
        let place = Place { mode: provider.deployment_mode, offers, random: self.random };
        unit.decide::<Workload>(self.id, Command::Place(place)).await
    }
}
