//! `DisableProvider`

use super::users::users;
use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::ProviderId,
    provider::{Command, Provider, disable::Disable},
    stream::Kind,
};

/// See `domain::provider::disable`.
#[derive(Clone, Debug)]
pub struct DisableProvider {
    /// Which one.
    pub id: ProviderId,
    /// Also while workloads run on it.
    pub force: bool,
}

impl Verb for DisableProvider {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let users = match self.force {
            true => vec![],
            false => users(unit, self.id, &[Kind::Workload]).await?,
        };
        let disable = Disable { force: self.force, users };
        unit.decide::<Provider>(self.id, Command::Disable(disable)).await
    }
}
