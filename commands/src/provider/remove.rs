//! `RemoveProvider`

use super::users::users;
use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    cluster::{self, Cluster},
    ids::ProviderId,
    provider::{Command, Provider},
    stream::Kind,
};

/// The provider is gone for ever, unless anything uses it.
#[derive(Clone, Debug)]
pub struct RemoveProvider {
    /// Which one.
    pub id: ProviderId,
}

impl Verb for RemoveProvider {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let users = users(unit, self.id, &Kind::ALL).await?;
        let provider = unit.load::<Provider>(self.id).await?;
        unit.decide::<Provider>(self.id, Command::Remove(users)).await?;
        let clusters = provider.present().ok().into_iter().flat_map(|it| it.clusters.keys());
        for id in clusters {
            unit.decide::<Cluster>(*id, cluster::Command::Release).await?;
        }
        Ok(())
    }
}
