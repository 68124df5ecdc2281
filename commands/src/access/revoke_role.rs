//! `RevokeRole`

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    access::{Access, Command},
    ids::{PrincipalId, RoleId},
};

/// A principal may do less.
#[derive(Clone, Debug)]
pub struct RevokeRole {
    /// Who.
    pub principal: PrincipalId,
    /// Which of its roles.
    pub role: RoleId,
}

impl Verb for RevokeRole {
    fn subject(&self) -> StreamId {
        StreamId::access(self.principal)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.role)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        unit.decide::<Access>(self.principal, Command::RevokeRole(self.role)).await
    }
}
