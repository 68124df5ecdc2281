//! Errors as `application/problem+json` (RFC 9457).
//!
//! This is the only file that knows which status an error has. `type` is the address of a page with
//! cause and cure, served by this very process and compiled in, so that it never dangles.
//!
//! **Invariants**
//! - Every refusal is matched by name: a new one does not compile until it has its problem.
//! - The chain of an inner failure is logged, never sent; no value of a request is repeated.

pub mod code;
pub mod page;
mod refusal;

pub use code::Code;

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use serde::Serialize;
use serde_json::{Map, Value};
use std::{error::Error, fmt};

/// The media type of every error.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// An error on its way to the client.
#[derive(Clone, Debug)]
pub struct Problem {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    more: Map<String, Value>,
}

/// One field that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// A JSON Pointer into the body (`/clusters/0/url`), or the name of a parameter or header.
    pub field: String,
    /// The rule, as one stable word: `missing`, `unknown`, `type`, `too_long` …
    pub rule: &'static str,
    /// The rule in words.
    pub detail: String,
}

/// What went wrong. Some problems add members of their own, which their page explains.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct Sent<'a> {
    /// The address of a page with cause and cure; stable, so clients may compare it.
    #[schema(example = "/problems/name-taken")]
    r#type: String,
    /// What kind of problem it is, in words.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// What is wrong this time.
    detail: &'a str,
    /// The fields that break a rule.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    /// Members of one code: `current_version` and `changes`, `taken_by`, `used_by`.
    #[serde(flatten)]
    #[schema(ignore)]
    more: &'a Map<String, Value>,
}

impl Problem {
    /// A problem, and what is wrong this time.
    pub fn new(code: Code, detail: impl fmt::Display) -> Self {
        Self { code, detail: detail.to_string(), errors: vec![], more: Map::new() }
    }

    /// Fields that break a rule; at most [`Problem::ERRORS_MAX`] are told.
    #[must_use]
    pub fn fields(mut errors: Vec<FieldError>) -> Self {
        errors.truncate(Self::ERRORS_MAX);
        let first = errors.first().map(|error| format!("`{}` {}", error.field, error.detail));
        let mut problem = Self::new(Code::InvalidFields, first.unwrap_or_default());
        problem.errors = errors;
        problem
    }

    /// How many fields one answer names.
    pub const ERRORS_MAX: usize = 50;

    /// A parameter or header that breaks a rule.
    pub fn at(code: Code, field: &str, rule: &'static str, detail: impl fmt::Display) -> Self {
        Self::new(code, format!("`{field}` {detail}")).naming(field, rule, detail)
    }

    /// A failure that is not the client's: its chain goes to the log, the client learns the code.
    pub fn hidden(code: Code, error: &(dyn Error + 'static)) -> Self {
        tracing::warn!(error = %Chain(error), "could not answer a request: {}", code.title());
        Self::new(code, code.title())
    }

    /// The database did not answer a query.
    pub fn query(error: &(dyn Error + 'static)) -> Self {
        Self::hidden(Code::Unavailable, error)
    }

    /// The fields that break a rule.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// Which problem it is.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    fn naming(mut self, field: &str, rule: &'static str, detail: impl fmt::Display) -> Self {
        let detail = detail.to_string();
        self.errors.push(FieldError { field: field.to_owned(), rule, detail });
        self
    }

    fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.more.insert(member.to_owned(), value.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.content_type(CONTENT_TYPE);
        if let Some(seconds) = self.code.retry_after_seconds() {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        if self.code == Code::Unauthenticated {
            response.insert_header((header::WWW_AUTHENTICATE, r#"Bearer realm="berth""#));
        }
        response.json(Sent {
            r#type: self.code.address(),
            title: self.code.title(),
            status: self.status_code().as_u16(),
            detail: &self.detail,
            errors: &self.errors,
            more: &self.more,
        })
    }
}

/// An error and its sources, each once.
pub struct Chain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(error) = next {
            write!(f, ": {error}")?;
            next = error.source();
        }
        Ok(())
    }
}
