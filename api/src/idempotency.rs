//! A command as a client sent it: who asks, under which key, having seen what.
//!
//! The id of a command is made of the principal and the `Idempotency-Key`, so a repeat after a
//! crash, or years later, is the same command and gets the first answer. What was asked is kept as
//! an HMAC over method, path, canonical body and parameters: enough to refuse the key for another
//! request, useless to whoever reads the table.

use crate::{
    auth::Caller,
    body, headers,
    parameters::Query,
    problem::{Code, Problem},
    state::State,
};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web::Data};
use commands::ports::event_log::RequestDigest;
use domain::{
    ids::{CommandId, CorrelationId},
    metadata::Metadata,
};
use hmac::{Hmac, Mac};
use serde::de::DeserializeOwned;
use sha2::Sha256;
use std::{future::Future, pin::Pin};
use uuid::Uuid;

/// What a handler of a command is given: a body that was understood, parameters, and the request
/// around them. Most commands have no parameters.
pub(crate) struct Asked<T, P = ()> {
    pub(crate) body: T,
    pub(crate) parameters: P,
    pub(crate) request: commands::Request,
}

/// What the query of a command may say.
pub(crate) trait Parameters: Sized + 'static {
    /// Takes the parameters that the command knows.
    fn take(query: &mut Query) -> Result<Self, Problem>;
}

impl Parameters for () {
    fn take(_: &mut Query) -> Result<Self, Problem> {
        Ok(())
    }
}

/// `?force=true`, for a request without a body.
pub(crate) struct Force(pub(crate) bool);

impl Parameters for Force {
    fn take(query: &mut Query) -> Result<Self, Problem> {
        let given = query.word("force", &[("true", true), ("false", false)])?;
        Ok(Self(given.unwrap_or_default()))
    }
}

impl<T: DeserializeOwned + 'static, P: Parameters> FromRequest for Asked<T, P> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let bytes = body::read(&request, &mut payload).await?;
            let mut query = Query::of(&request)?;
            let given = query.canonical();
            let parameters = P::take(&mut query)?;
            query.done()?;
            let body = body::understand(&bytes)?;
            let request = envelope(&request, &body.canonical, given.as_deref())?;
            Ok(Self { body: body.value, parameters, request })
        })
    }
}

fn envelope(
    request: &HttpRequest,
    canonical: &[u8],
    query: Option<&str>,
) -> Result<commands::Request, Problem> {
    let missing = || Problem::new(Code::Internal, "the server was put together without this part");
    let state = request.app_data::<Data<State>>().ok_or_else(missing)?;
    let caller = request.extensions().get::<Caller>().cloned().ok_or_else(missing)?;
    let key = headers::idempotency_key(request.headers())?;
    let command_id =
        key.map_or_else(|| CommandId(Uuid::now_v7()), |key| CommandId::repeatable(caller.id, key));
    let path = request.uri().path().as_bytes();
    let mut parts = vec![request.method().as_str().as_bytes(), path, canonical];
    parts.extend(query.map(str::as_bytes));
    Ok(commands::Request {
        metadata: Metadata {
            actor: caller.id,
            causation_id: None,
            command_id,
            correlation_id: CorrelationId(Uuid::now_v7()),
        },
        digest: digest(&state.digest_key, &parts)?,
        expected: headers::if_match(request.headers())?,
        repeatable: key.is_some(),
    })
}

/// The parts with their lengths, so that no two requests run together into one.
fn digest(key: &[u8; 32], parts: &[&[u8]]) -> Result<RequestDigest, Problem> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)
        .map_err(|error| Problem::hidden(Code::Internal, &error))?;
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_tells_requests_apart() {
        let of = |key: u8, parts: &[&[u8]]| digest(&[key; 32], parts).unwrap();
        let first = of(1, &[b"POST", b"/v1/providers", b"{}"]);
        assert_eq!(first, of(1, &[b"POST", b"/v1/providers", b"{}"]));
        assert_ne!(first, of(2, &[b"POST", b"/v1/providers", b"{}"]));
        assert_ne!(first, of(1, &[b"POST", b"/v1/provider", b"s{}"]));
    }
}
