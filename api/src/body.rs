//! The body of a request: read within its bound, then understood field by field.
//!
//! Three steps, each with its own answer: bytes that are no JSON (400), JSON of another shape (422,
//! naming the field), and values that break a rule (422, naming every field that does). The first
//! two are here; the third is [`Check`], which each route fills with its own fields.
//!
//! **Invariants**
//! - No text of the body is repeated in an answer or a log: a misplaced secret stays unseen.
//! - An object with the same member twice is refused, since two readers could read it differently.

mod check;
mod hidden;
mod shape;
mod strict;

pub(crate) use check::{Check, Rule, place};
pub(crate) use hidden::Hidden;

use crate::problem::{Code, FieldError, Problem};
use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header,
    web::{Bytes, BytesMut},
};
use futures::StreamExt;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use std::{future::Future, pin::Pin};

/// The longest body, in bytes; kept in the application's data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BytesMax(pub usize);

/// The body of a command that needs none: nothing at all, or an empty object.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// A field that may be left out, but not be null.
///
/// Used with `#[serde(default, deserialize_with = "given")]`: in a change, null would leave open
/// whether a value is to go or to stay.
pub(crate) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A body as JSON, and in the canonical form that a repeat is compared by.
pub(crate) struct Body<T> {
    pub(crate) value: T,
    pub(crate) canonical: Vec<u8>,
}

/// For a question that needs more words than an address has. A command asks for its body together
/// with who sent it.
impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move { understand(&read(&request, &mut payload).await?) })
    }
}

/// Understands bytes as a body; no bytes at all are an empty object.
pub(crate) fn understand<T: DeserializeOwned>(bytes: &[u8]) -> Result<Body<T>, Problem> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let strict::Strict(json) = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
    let value = shape::read(&json).map_err(|misfit| {
        let (field, rule, detail) = misfit.told();
        Problem::fields(vec![FieldError { field, rule, detail }])
    })?;
    let canonical = serde_json_canonicalizer::to_vec(&json)
        .map_err(|error| Problem::hidden(Code::Internal, &error))?;
    Ok(Body { value, canonical })
}

fn malformed(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Data => "an object has a member twice",
        serde_json::error::Category::Syntax => "it is no JSON in UTF-8",
        serde_json::error::Category::Io => "it cannot be read",
    };
    Problem::new(Code::MalformedJson, format!("{what}: line {line}, column {column}"))
}

/// Reads a body within its bound.
pub(crate) async fn read(request: &HttpRequest, payload: &mut Payload) -> Result<Bytes, Problem> {
    let most = request.app_data::<BytesMax>().map_or(0, |most| most.0);
    let told = request.headers().get(header::CONTENT_LENGTH);
    let told = told.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if told.is_some_and(|told| told > most) {
        return Err(too_large(most));
    }
    let mut bytes = BytesMut::with_capacity(told.unwrap_or_default());
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| {
            Problem::new(Code::MalformedJson, "the body ended before it was complete")
        })?;
        if bytes.len() + chunk.len() > most {
            return Err(too_large(most));
        }
        bytes.extend_from_slice(&chunk);
    }
    if !bytes.is_empty() {
        check_type(request)?;
    }
    Ok(bytes.freeze())
}

fn too_large(most: usize) -> Problem {
    Problem::new(Code::BodyTooLarge, format!("a body has at most {most} bytes"))
}

fn check_type(request: &HttpRequest) -> Result<(), Problem> {
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        return Err(Problem::new(Code::UnsupportedMediaType, "a body must not be encoded"));
    }
    let given = request.headers().get(header::CONTENT_TYPE);
    let given = given.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = given.split(';').map(|part| part.trim().to_ascii_lowercase());
    let is_json = parts.next().is_some_and(|media| media == "application/json");
    let is_utf8 =
        parts.all(|part| matches!(part.as_str(), "charset=utf-8" | "charset=\"utf-8\"" | ""));
    if is_json && is_utf8 {
        return Ok(());
    }
    Err(Problem::new(Code::UnsupportedMediaType, "`Content-Type` must be `application/json`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        name: String,
        #[serde(default, deserialize_with = "given")]
        rank: Option<u16>,
        #[serde(default)]
        inner: Vec<Inner>,
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        url: String,
    }

    #[derive(Debug, Deserialize, Serialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Swarm,
    }

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        for rank in ["2", "2.0", "2e0", "20e-1"] {
            let body = format!(r#"{{"name": "a", "rank": {rank}}}"#);
            let body = understand::<Outer>(body.as_bytes()).map_err(|_| rank).unwrap();
            assert_eq!(body.value.rank, Some(2), "{rank}");
            assert_eq!(body.canonical, br#"{"name":"a","rank":2}"#, "{rank}");
        }
    }

    fn refused(text: &str) -> serde_json::Value {
        use actix_web::{ResponseError, body::MessageBody};
        let problem = understand::<Outer>(text.as_bytes()).map(|body| body.value).unwrap_err();
        let bytes = problem.error_response().into_body().try_into_bytes().unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    fn told(text: &str) -> (String, String, String) {
        let problem = refused(text);
        let part = |name: &str| problem["errors"][0][name].as_str().unwrap().to_owned();
        (part("field"), part("rule"), part("detail"))
    }

    #[test]
    fn a_body_is_understood_and_canonical() {
        let body = understand::<Outer>(br#" { "rank" : 3, "name":"a" , "kind":"swarm"} "#).unwrap();
        assert_eq!(body.canonical, br#"{"kind":"swarm","name":"a","rank":3}"#);
        let expected =
            Outer { name: "a".into(), rank: Some(3), inner: vec![], kind: Some(Kind::Swarm) };
        assert_eq!(body.value, expected);
        assert!(understand::<Nothing>(b"").is_ok());
        assert!(understand::<Nothing>(b"{\"a\":1}").is_err());
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let words = |field: &str, rule: &str, detail: &str| {
            (field.to_owned(), rule.to_owned(), detail.to_owned())
        };
        assert_eq!(told("{}"), words("/name", "missing", "must be given"));
        assert_eq!(told(r#"{"name":5}"#), words("/name", "type", "must be a string, not a number"));
        assert_eq!(
            told(r#"{"name":"a","rank":-1}"#),
            words("/rank", "type", "must be a whole number, not a number out of range")
        );
        assert_eq!(
            told(r#"{"name":"a","rank":null}"#),
            words("/rank", "type", "must be a whole number, not null")
        );
        assert_eq!(told(r#"{"name":"a","a~/b":1}"#).0, "/a~0~1b");
        assert_eq!(told(r#"{"name":"a","inner":[{"url":"x"},{}]}"#).0, "/inner/1/url");
        assert_eq!(told(r#"{"name":"a","inner":[{"url":"x"},3]}"#).0, "/inner/1");
        assert_eq!(
            told(r#"{"name":"a","kind":"podman"}"#),
            words("/kind", "unknown_value", "must be one of `swarm`")
        );
        assert_eq!(told("[]"), words("", "type", "must be an object, not an array"));
    }

    #[test]
    fn what_is_no_json_is_told_apart() {
        for text in
            ["{", "{\"name\":\"a\",\"name\":\"b\"}", "\u{0}", "{} {}", "{\"a\":\"\\ud800\"}"]
        {
            assert_eq!(refused(text)["type"], "/problems/malformed-json", "{text:?}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(refused(&deep)["type"], "/problems/malformed-json");
    }
}
