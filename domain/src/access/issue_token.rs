//! `IssueToken`: a principal may act with a token, for a time or until it is revoked.

use super::{Access, Error, Event};
use crate::{ids::TokenId, timestamp::Timestamp};
use serde::{Deserialize, Serialize};

/// A token was issued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TokenIssued {
    /// When it ends by itself; null for one that does not.
    pub expires_at: Option<Timestamp>,
    /// The token's id, which is no secret.
    pub token_id: TokenId,
}

/// The intention.
#[derive(Clone, Debug)]
pub struct IssueToken {
    /// Its new id.
    pub token: TokenId,
    /// When it is to end by itself.
    pub expires_at: Option<Timestamp>,
    /// The present moment.
    pub now: Timestamp,
}

pub(super) fn decide(access: &Access, issue: IssueToken) -> Result<Vec<Event>, Error> {
    let IssueToken { token, expires_at, now } = issue;
    if access.tokens.contains_key(&token) {
        return Ok(vec![]);
    }
    if expires_at.is_some_and(|expires_at| expires_at <= now) {
        return Err(Error::ExpiredAlready);
    }
    let valid = access.tokens.values().filter(|token| token.is_valid(now)).count();
    if valid >= Access::TOKENS_MAX {
        return Err(Error::TooManyTokens { most: Access::TOKENS_MAX });
    }
    Ok(vec![Event::TokenIssued(TokenIssued { expires_at, token_id: token })])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::Command,
        testing::{given, token_id, token_issued, token_revoked},
    };

    const MORNING: &str = "2026-03-01T08:00:00.000000Z";
    const NOON: &str = "2026-03-01T12:00:00.000000Z";

    fn issue(token: u128, expires_at: Option<&str>) -> Command {
        Command::IssueToken(IssueToken {
            token: token_id(token),
            expires_at: expires_at.map(|time| time.parse().unwrap()),
            now: NOON.parse().unwrap(),
        })
    }

    #[test]
    fn a_token_is_issued_once() {
        let soon = "2026-03-01T12:00:00.000001Z";
        given::<Access>([]).when(issue(1, Some(soon))).then([token_issued(1, Some(soon))]);
        given::<Access>([]).when(issue(1, None)).then([token_issued(1, None)]);
        given::<Access>([token_issued(1, None)]).when(issue(1, None)).then([]);
        given::<Access>([token_issued(1, None), token_revoked(1)]).when(issue(1, None)).then([]);
    }

    #[test]
    fn a_token_that_has_expired_is_not_issued() {
        for past in [MORNING, NOON] {
            given::<Access>([]).when(issue(1, Some(past))).then_refused(Error::ExpiredAlready);
        }
    }

    #[test]
    fn only_valid_tokens_count_against_the_bound() {
        let most = u128::try_from(Access::TOKENS_MAX).unwrap();
        let full = || (1..=most).map(|number| token_issued(number, None));
        given::<Access>(full())
            .when(issue(0, None))
            .then_refused(Error::TooManyTokens { most: Access::TOKENS_MAX });
        given::<Access>(full().chain([token_revoked(1)]))
            .when(issue(0, None))
            .then([token_issued(0, None)]);
        let one_has_expired = full().skip(1).chain([token_issued(1, Some(MORNING))]);
        given::<Access>(one_has_expired).when(issue(0, None)).then([token_issued(0, None)]);
    }
}
