//! Who asks, and whether it may.
//!
//! Every route that demands anything goes through `admit`: first who it is (401), then whether its
//! roles allow the request (403, or 404 where it must not learn what is there).

pub mod identity;
mod rate;
pub mod tokens;

pub use identity::Identity;
pub use tokens::Tokens;

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
use domain::{
    ids::{OrganizationId, PrincipalId},
    organization,
    role::Roles,
    scope::Scope,
};

/// The longest token, in characters: one of an identity provider may name many groups.
const TOKEN_CHARACTERS_MAX: usize = 8192;

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

/// Lets a request through only with a valid token whose principal may do what it asks; the handler
/// finds its `Caller`.
pub(crate) async fn admit(
    access: Access,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let from = request.peer_addr().map(|address| address.ip());
    let found = match (request.app_data::<Data<State>>(), bearer(request.headers())) {
        (Some(state), Some(token)) => {
            let caller = state.tokens.caller(token, from).await;
            caller.and_then(|caller| caller.ok_or_else(refused))
        }
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

/// The token that a request carries.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
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
        assert_eq!(of(&[&format!("Bearer {}", "x".repeat(8193))]), None);
    }
}
