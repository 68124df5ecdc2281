//! A command as a client sent it: who asks, under which key, having seen what.
//!
//! The id of a command is made of the principal and the `Idempotency-Key`, so a repeat after a
//! crash, or years later, is the same command and gets the first answer. What was asked is kept as
//! an HMAC over method, path and canonical body: enough to refuse the key for another request,
//! useless to whoever reads the table.

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

/// What a handler of a command is given: a body that was understood, and the request around it.
pub(crate) struct Asked<T> {
    pub(crate) body: T,
    pub(crate) request: commands::Request,
}

impl<T: DeserializeOwned + 'static> FromRequest for Asked<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let bytes = body::read(&request, &mut payload).await?;
            Query::none(&request)?;
            let body = body::understand(&bytes)?;
            let request = envelope(&request, &body.canonical)?;
            Ok(Self { body: body.value, request })
        })
    }
}

fn envelope(request: &HttpRequest, canonical: &[u8]) -> Result<commands::Request, Problem> {
    let missing = || Problem::new(Code::Internal, "the server was put together without this part");
    let state = request.app_data::<Data<State>>().ok_or_else(missing)?;
    let caller = request.extensions().get::<Caller>().cloned().ok_or_else(missing)?;
    let key = headers::idempotency_key(request.headers())?;
    let command_id =
        key.map_or_else(|| CommandId(Uuid::now_v7()), |key| CommandId::repeatable(caller.id, key));
    let parts = [request.method().as_str().as_bytes(), request.uri().path().as_bytes(), canonical];
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
