//! Who asks: a bearer token, looked up by its hash.
//!
//! A valid token is remembered for less than a second, so that a revoked one is refused within one
//! second in every process without any message between them. Only valid ones are remembered: a new
//! token works at once, and a guesser fills no memory.

use crate::{
    parameters,
    problem::{Code, Problem},
    routes::access::{Access, Verdict},
    state::State,
};
use actix_web::{
    Error, HttpMessage,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{AUTHORIZATION, HeaderMap},
    middleware::Next,
    web::Data,
};
use adapters::postgres::access::{self, TokenHash};
use domain::{
    ids::{OrganizationId, PrincipalId},
    organization,
    role::{Role, Roles},
    scope::Scope,
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The longest token, in characters.
const TOKEN_CHARACTERS_MAX: usize = 512;
/// How long a valid token is remembered, counted from before it was looked up.
const REMEMBERED: Duration = Duration::from_millis(900);
/// How many tokens are remembered at once; more are looked up each time.
const REMEMBERED_MAX: usize = 4096;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The principal, as the log knows it.
    pub id: PrincipalId,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub roles: Roles,
}

impl Caller {
    /// What it may see: every list, count, history and stream is filtered by this.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.roles.scope()
    }
}

/// The tokens of this process.
#[derive(Debug)]
pub struct Tokens {
    access: access::Access,
    remembered: Mutex<HashMap<TokenHash, (Caller, Instant)>>,
}

impl Tokens {
    /// Over the access tables.
    #[must_use]
    pub fn new(access: access::Access) -> Self {
        Self { access, remembered: Mutex::default() }
    }

    async fn caller(&self, token: &str) -> Result<Caller, Problem> {
        let hash = TokenHash::of(token);
        let now = Instant::now();
        if let Some(caller) = self.recall(hash, now) {
            return Ok(caller);
        }
        let holder = self.access.holder(hash).await.map_err(|error| Problem::query(&error))?;
        let holder = holder.ok_or_else(refused)?;
        let roles = holder.is_operator.then_some(Role::Administrator).into_iter().collect();
        let caller = Caller { id: holder.id, name: holder.name, roles };
        let lifetime = holder.expires_in.map_or(REMEMBERED, |rest| rest.min(REMEMBERED));
        self.remember(hash, caller.clone(), now, now + lifetime);
        Ok(caller)
    }

    fn recall(&self, hash: TokenHash, now: Instant) -> Option<Caller> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let (caller, until) = remembered.get(&hash)?;
        (*until > now).then(|| caller.clone())
    }

    fn remember(&self, hash: TokenHash, caller: Caller, now: Instant, until: Instant) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.retain(|_, (_, until)| *until > now);
        }
        if remembered.len() < REMEMBERED_MAX {
            remembered.insert(hash, (caller, until));
        }
    }
}

/// Lets a request through only with a valid token whose principal may do what it asks; the handler
/// finds its `Caller`.
pub(crate) async fn admit(
    access: Access,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let found = match (request.app_data::<Data<State>>(), bearer(request.headers())) {
        (Some(state), Some(token)) => state.tokens.caller(token).await,
        (None, _) => Err(Problem::new(Code::Internal, "the server has no state")),
        (Some(_), None) => Err(refused()),
    };
    match found.and_then(|caller| admitted(access, &request, caller)) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.call(request).await
        }
        Err(problem) => Ok(request.error_response(problem)),
    }
}

fn admitted(access: Access, request: &ServiceRequest, caller: Caller) -> Result<Caller, Problem> {
    let organization = if access.is_within_an_organization() {
        Some(parameters::id::<OrganizationId>(request.request(), "id")?)
    } else {
        None
    };
    match access.judge(&caller.roles, organization) {
        Verdict::Admitted => Ok(caller),
        Verdict::Forbidden => Err(Problem::new(
            Code::Forbidden,
            "the principal of this token has no role that allows it",
        )),
        // In the words for one that does not exist.
        Verdict::Hidden => {
            Err(Problem::new(Code::OrganizationNotFound, organization::Error::NotFound))
        }
    }
}

/// One answer for an absent, unknown, expired or revoked token.
fn refused() -> Problem {
    Problem::new(Code::Unauthenticated, "send a valid token: `Authorization: Bearer <token>`")
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION);
    let (value, second) = (values.next()?, values.next());
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim_start_matches(' ');
    let fine = second.is_none()
        && scheme.eq_ignore_ascii_case("bearer")
        && (1..=TOKEN_CHARACTERS_MAX).contains(&token.len())
        && token.bytes().all(|byte| byte.is_ascii_graphic());
    fine.then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn a_token_is_taken_from_one_bearer_header() {
        let of = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            }
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(of(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(of(&["bearer  abc"]).as_deref(), Some("abc"));
        for wrong in ["abc", "Basic abc", "Bearer", "Bearer ", "Bearer a b"] {
            assert_eq!(of(&[wrong]), None, "{wrong}");
        }
        assert_eq!(of(&["Bearer abc", "Bearer abc"]), None);
        assert_eq!(of(&[&format!("Bearer {}", "x".repeat(513))]), None);
    }
}
