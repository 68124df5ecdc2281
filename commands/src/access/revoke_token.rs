//! `RevokeToken`

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    access::{Access, Command},
    ids::{PrincipalId, TokenId},
};

/// A token ends for good.
#[derive(Clone, Debug)]
pub struct RevokeToken {
    /// Whose token.
    pub principal: PrincipalId,
    /// Which token.
    pub token: TokenId,
}

impl Verb for RevokeToken {
    fn subject(&self) -> StreamId {
        StreamId::access(self.principal)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.token)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        unit.decide::<Access>(self.principal, Command::RevokeToken(self.token)).await
    }
}
