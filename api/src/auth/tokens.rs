//! Whom a token belongs to, and what that one may do: found by its hash, judged by the log.
//!
//! What was found is remembered for less than a second, so that a revoked token is refused, and a
//! revoked role is gone, within one second in every process without any message between them. Only
//! valid tokens are remembered: a new one works at once, and a guesser fills no memory. Whoever
//! guesses too often from one address is not listened to for a while, unless it comes with a token
//! that is remembered; and no principal has more than its share of this process.

use super::{Caller, Identity, rate::Rates};
use crate::problem::{Code, Problem};
use adapters::postgres::access::{Access, Holder, TokenHash};
use domain::{
    Timestamp, Version,
    access::Access as History,
    ids::PrincipalId,
    role::{Role, Roles},
};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How long a valid token is remembered, counted from before it was looked up.
const REMEMBERED: Duration = Duration::from_millis(900);
/// How many tokens are remembered at once; more are looked up each time.
const REMEMBERED_MAX: usize = 4096;
/// How many histories are kept to be read on; of others all is read each time.
const HISTORIES_MAX: usize = 1024;

/// How many seconds' worth of requests a principal may send at once.
const REQUESTS_SECONDS: u32 = 2;
/// How many seconds' worth of failures an address may have at once.
const FAILURES_SECONDS: u32 = 10;

/// The tokens of this process.
#[derive(Debug)]
pub struct Tokens {
    access: Access,
    remembered: Mutex<HashMap<TokenHash, Remembered>>,
    histories: Mutex<HashMap<PrincipalId, (Version, History)>>,
    /// Who else may vouch for somebody.
    identity: Option<Identity>,
    requests: Rates<PrincipalId>,
    failures: Rates<IpAddr>,
}

/// How often one may ask, and fail, a second.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests of one principal.
    pub requests_per_second: u32,
    /// Tokens from one address that are not valid.
    pub failures_per_second: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests_per_second: 20_000, failures_per_second: 100 }
    }
}

#[derive(Clone, Debug)]
struct Remembered {
    caller: Caller,
    until: Instant,
}

impl Tokens {
    /// Over the access tables.
    #[must_use]
    pub fn new(access: Access, limits: Limits) -> Self {
        let (remembered, histories) = Default::default();
        let requests = Rates::new(limits.requests_per_second, REQUESTS_SECONDS);
        let failures = Rates::new(limits.failures_per_second, FAILURES_SECONDS);
        Self { access, remembered, histories, identity: None, requests, failures }
    }

    /// Accepts the tokens of an identity provider as well.
    #[must_use]
    pub fn trusting(self, identity: Option<Identity>) -> Self {
        Self { identity, ..self }
    }

    /// What is known beside the log.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Whose valid token this is; nobody's, if it is unknown, expired or revoked.
    pub(crate) async fn caller(
        &self,
        token: &str,
        from: Option<IpAddr>,
    ) -> Result<Option<Caller>, Problem> {
        let now = Instant::now();
        let found = self.found(token, from, now).await?;
        match (&found, from) {
            (Some(caller), _) if !self.requests.take(caller.id, now) => {
                Err(Problem::new(Code::TooManyRequests, "the principal has asked too often"))
            }
            (None, Some(from)) => {
                self.failures.take(from, now);
                Ok(found)
            }
            (Some(_) | None, _) => Ok(found),
        }
    }

    async fn found(
        &self,
        token: &str,
        from: Option<IpAddr>,
        now: Instant,
    ) -> Result<Option<Caller>, Problem> {
        let hash = TokenHash::of(token);
        if let Some(caller) = self.recall(hash, now) {
            return Ok(Some(caller));
        }
        if from.is_some_and(|from| self.failures.is_empty(&from, now)) {
            let detail = "too many tokens from this address were not valid";
            return Err(Problem::new(Code::TooManyRequests, detail));
        }
        let found = match &self.identity {
            // Three parts with dots between them; no token of Berth has a dot.
            Some(identity) if token.contains('.') => self.vouched(identity, token).await?,
            Some(_) | None => self.issued(hash).await?,
        };
        let Some((caller, lifetime)) = found else { return Ok(None) };
        self.remember(hash, caller.clone(), now, now + lifetime.min(REMEMBERED));
        Ok(Some(caller))
    }

    /// The holder of a token that Berth issued.
    async fn issued(&self, hash: TokenHash) -> Result<Option<(Caller, Duration)>, Problem> {
        let found = self.access.holder(hash).await.map_err(|error| Problem::query(&error))?;
        let Some(holder) = found else { return Ok(None) };
        let history = self.history(holder.id).await?;
        let Some(lifetime) = lifetime(&holder, &history) else { return Ok(None) };
        let caller = Caller { id: holder.id, roles: roles(&holder, &history), name: holder.name };
        Ok(Some((caller, lifetime)))
    }

    /// The bearer of a token of the identity provider: what its claims give, and what was granted.
    async fn vouched(
        &self,
        identity: &Identity,
        token: &str,
    ) -> Result<Option<(Caller, Duration)>, Problem> {
        let Some((mut caller, lifetime)) = identity.caller(&self.access, token).await? else {
            return Ok(None);
        };
        caller.roles.0.extend(self.history(caller.id).await?.roles().0);
        Ok(Some((caller, lifetime)))
    }

    /// Looks everything up again: what this process has changed holds in it at once.
    pub(crate) fn forget(&self) {
        lock(&self.remembered).clear();
    }

    async fn history(&self, principal: PrincipalId) -> Result<History, Problem> {
        let known = lock(&self.histories).get(&principal).cloned().unwrap_or_default();
        let seen = known.0;
        let followed = self.access.follow(principal, known).await;
        let (version, history) = followed.map_err(|error| Problem::query(&error))?;
        if version > seen {
            let mut histories = lock(&self.histories);
            if histories.len() >= HISTORIES_MAX && !histories.contains_key(&principal) {
                histories.clear();
            }
            let kept = histories.entry(principal).or_default();
            if version > kept.0 {
                *kept = (version, history.clone());
            }
        }
        Ok(history)
    }

    fn recall(&self, hash: TokenHash, now: Instant) -> Option<Caller> {
        let remembered = lock(&self.remembered);
        let Remembered { caller, until } = remembered.get(&hash)?;
        (*until > now).then(|| caller.clone())
    }

    fn remember(&self, hash: TokenHash, caller: Caller, now: Instant, until: Instant) {
        let mut remembered = lock(&self.remembered);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.retain(|_, remembered| remembered.until > now);
        }
        if remembered.len() < REMEMBERED_MAX {
            remembered.insert(hash, Remembered { caller, until });
        }
    }
}

/// How long the token may be remembered; none for one that is not valid.
fn lifetime(holder: &Holder, history: &History) -> Option<Duration> {
    if holder.is_bootstrap {
        return Some(REMEMBERED);
    }
    let token = history.tokens.get(&holder.token)?;
    token.is_valid(holder.now).then(|| {
        let rest = token.expires_at.map_or(REMEMBERED, |end| between(holder.now, end));
        rest.min(REMEMBERED)
    })
}

fn between(now: Timestamp, end: Timestamp) -> Duration {
    Duration::try_from(end.moment() - now.moment()).unwrap_or_default()
}

/// The operator's own principal is an administrator by the configuration.
fn roles(holder: &Holder, history: &History) -> Roles {
    let mut roles = history.roles();
    if holder.is_operator {
        roles.0.insert(Role::Administrator);
    }
    roles
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        ids::TokenId,
        testing::{fold, principal_id, role_granted, token_id, token_issued, token_revoked},
    };

    const NOON: &str = "2026-03-01T12:00:00.000000Z";

    fn holder(token: TokenId) -> Holder {
        Holder {
            id: principal_id(),
            name: "somebody".to_owned(),
            is_operator: false,
            token,
            is_bootstrap: false,
            now: NOON.parse().unwrap(),
        }
    }

    #[test]
    fn a_token_is_remembered_no_longer_than_it_is_valid() {
        let history: History = fold([
            token_issued(1, None),
            token_issued(2, Some("2026-03-01T12:00:00.300000Z")),
            token_issued(3, Some(NOON)),
            token_issued(4, None),
            token_revoked(4),
        ]);
        let lifetime = |number| lifetime(&holder(token_id(number)), &history);
        assert_eq!(lifetime(1), Some(REMEMBERED));
        assert_eq!(lifetime(2), Some(Duration::from_millis(300)));
        assert_eq!([lifetime(3), lifetime(4), lifetime(5)], [None; 3]);
    }

    #[test]
    fn the_operators_token_needs_no_event_and_its_principal_no_role() {
        let operator = Holder { is_operator: true, is_bootstrap: true, ..holder(token_id(9)) };
        let none = History::default();
        assert_eq!(lifetime(&operator, &none), Some(REMEMBERED));
        assert!(roles(&operator, &none).is_administrator());
        let auditor: History = fold([role_granted(Role::Auditor)]);
        assert!(!roles(&holder(token_id(1)), &auditor).is_administrator());
        assert!(roles(&holder(token_id(1)), &auditor).reads_everything());
    }
}
