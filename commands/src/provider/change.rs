//! `ChangeProviderDetails`, `ChangeDeploymentMode` and `ChangeProviderVisibility`, which clients
//! send as one change.

use super::users::users;
use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{OrganizationId, ProviderId},
    name::Name,
    organization::{self, Organization},
    provider::{
        Command, DeploymentMode, Provider, Visibility, change_details::ChangeDetails,
        change_visibility::ChangeVisibility,
    },
    stream::Kind,
};
use std::collections::{BTreeMap, BTreeSet};

/// Changes what is given and leaves the rest, all or nothing.
#[derive(Clone, Debug)]
pub struct ChangeProvider {
    /// Which one.
    pub id: ProviderId,
    /// Another name, other comments.
    pub details: ChangeDetails,
    /// How its clusters share its work.
    pub deployment_mode: Option<DeploymentMode>,
    /// Public or private.
    pub visibility: Option<Visibility>,
    /// Associates the organizations that use it and could not once it is private.
    pub associate_users: bool,
}

impl Verb for ChangeProvider {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let details = Command::ChangeDetails(self.details.clone());
        unit.decide::<Provider>(self.id, details).await?;
        if let Some(mode) = self.deployment_mode {
            unit.decide::<Provider>(self.id, Command::ChangeDeploymentMode(mode)).await?;
        }
        if let Some(visibility) = self.visibility {
            self.change_visibility(unit, visibility).await?;
        }
        Ok(())
    }
}

impl ChangeProvider {
    async fn change_visibility(
        &self,
        unit: &mut Unit<'_>,
        visibility: Visibility,
    ) -> Result<(), Stop> {
        let mut outsiders = match visibility {
            Visibility::Private => outsiders(unit, self.id).await?,
            Visibility::Public => BTreeMap::new(),
        };
        if self.associate_users {
            for id in outsiders.keys().copied().collect::<Vec<_>>() {
                let associate = organization::Command::Associate(self.id);
                unit.decide::<Organization>(id, associate).await?;
            }
            outsiders.clear();
        }
        let change = Command::ChangeVisibility(ChangeVisibility { visibility, outsiders });
        unit.decide::<Provider>(self.id, change).await
    }
}

/// The organizations that use a public provider without being associated with it. They are guarded,
/// and so is who uses it: none joins them before the append.
async fn outsiders(
    unit: &mut Unit<'_>,
    provider: ProviderId,
) -> Result<BTreeMap<OrganizationId, Name>, Stop> {
    if let Provider::Present(registered) = unit.load::<Provider>(provider).await?
        && registered.visibility == Visibility::Private
    {
        return Ok(BTreeMap::new());
    }
    let users = users(unit, provider, &[Kind::Profile, Kind::Workload]).await?;
    let ids: BTreeSet<OrganizationId> = users.iter().filter_map(|user| user.organization).collect();
    let streams: Vec<StreamId> = ids.iter().copied().map(StreamId::organization).collect();
    unit.read_each(&streams).await?;
    let mut outsiders = BTreeMap::new();
    for id in ids {
        match unit.load::<Organization>(id).await? {
            Organization::Present { name, providers, .. } if !providers.contains(&provider) => {
                outsiders.insert(id, name);
            }
            Organization::Present { .. } | Organization::Absent => {}
        }
    }
    Ok(outsiders)
}
