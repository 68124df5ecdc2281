//! `CreateProvider`

use super::access::Access;
use crate::{
    handle::{Stop, Verb},
    ports::vault::Keep,
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{ClusterId, ProviderId},
    provider::{Command, Provider, create::Create},
};
use std::collections::BTreeMap;

/// Registers a provider, disabled.
#[derive(Clone, Debug)]
pub struct CreateProvider {
    /// Its new id.
    pub id: ProviderId,
    /// What to register.
    pub create: Create,
    /// What its clusters are reached with; a cluster without is reached by anybody.
    pub access: BTreeMap<ClusterId, Access>,
}

impl Verb for CreateProvider {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    fn keeps(&self) -> Vec<Keep<'_>> {
        self.access.values().flat_map(Access::keeps).collect()
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let mut create = self.create.clone();
        for cluster in &mut create.clusters {
            if let Some(access) = self.access.get(&cluster.id) {
                *cluster = access.settle(cluster.clone(), unit).await?;
            }
        }
        unit.decide::<Provider>(self.id, Command::Create(create)).await
    }
}
