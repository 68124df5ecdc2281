//! `RevokeToken`: a token ends for good.

use super::{Access, Error, Event};
use crate::ids::TokenId;
use serde::{Deserialize, Serialize};

/// A token was revoked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TokenRevoked {
    /// Which one.
    pub token_id: TokenId,
}

pub(super) fn decide(access: &Access, token_id: TokenId) -> Result<Vec<Event>, Error> {
    let token = access.tokens.get(&token_id).ok_or(Error::TokenNotFound)?;
    if token.revoked {
        return Ok(vec![]);
    }
    Ok(vec![Event::TokenRevoked(TokenRevoked { token_id })])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::Command,
        testing::{fold, given, token_id, token_issued, token_revoked},
    };

    #[test]
    fn a_token_is_revoked_once() {
        let revoke = || Command::RevokeToken(token_id(1));
        given::<Access>([token_issued(1, None)]).when(revoke()).then([token_revoked(1)]);
        given::<Access>([token_issued(1, None), token_revoked(1)]).when(revoke()).then([]);
    }

    #[test]
    fn an_unknown_token_is_not_revoked() {
        given::<Access>([token_issued(1, None)])
            .when(Command::RevokeToken(token_id(2)))
            .then_refused(Error::TokenNotFound);
    }

    #[test]
    fn a_token_is_valid_until_it_expires_or_is_revoked() {
        let [before, at] = ["2026-03-01T11:59:59.999999Z", "2026-03-01T12:00:00.000000Z"];
        let [just_before, then] = [before, at].map(|time| time.parse().unwrap());
        let access: Access = fold([
            token_issued(1, Some(at)),
            token_issued(2, None),
            token_issued(3, None),
            token_revoked(3),
        ]);
        let valid = |number, now| access.tokens[&token_id(number)].is_valid(now);
        assert!(valid(1, just_before) && !valid(1, then));
        assert!(valid(2, then) && !valid(3, then));
    }

    #[test]
    fn what_was_revoked_before_it_was_issued_stays_revoked() {
        let access: Access = fold([token_revoked(1), token_issued(1, None)]);
        assert!(access.tokens[&token_id(1)].revoked);
    }
}
