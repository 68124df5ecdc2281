//! `IssueToken`

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    access::{Access, Command, issue_token},
    ids::PrincipalId,
};

/// A principal may act with a token. The token itself never comes here.
#[derive(Clone, Debug)]
pub struct IssueToken {
    /// Whose token.
    pub principal: PrincipalId,
    /// Which token, and for how long.
    pub issue: issue_token::IssueToken,
}

impl Verb for IssueToken {
    fn subject(&self) -> StreamId {
        StreamId::access(self.principal)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.issue.token)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        unit.decide::<Access>(self.principal, Command::IssueToken(self.issue.clone())).await
    }
}
