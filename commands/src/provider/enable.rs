//! `EnableProvider`

use crate::{
    cluster::identify::rejection,
    handle::{Stop, Verb},
    refusal::Refusal,
    unit::Unit,
};
use domain::{
    StreamId,
    ids::ProviderId,
    provider::{Command, Error, Provider},
};

/// See `domain::provider::enable`. Refused while one of its clusters is rejected as another's.
#[derive(Clone, Debug)]
pub struct EnableProvider {
    /// Which one.
    pub id: ProviderId,
}

impl Verb for EnableProvider {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let provider = unit.load::<Provider>(self.id).await?;
        let disabled = provider.present().ok().filter(|provider| !provider.enabled);
        let clusters = disabled.into_iter().flat_map(|provider| provider.clusters.keys().copied());
        for cluster in clusters {
            if let Some(rejection) = rejection(unit, cluster).await? {
                let duplicate_of = rejection.duplicate_of;
                return Err(Refusal::from(Error::ClusterRejected { cluster, duplicate_of }).into());
            }
        }
        unit.decide::<Provider>(self.id, Command::Enable).await
    }
}
