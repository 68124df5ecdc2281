//! Collects every field that breaks a rule, so that a client can mend all of them at once.

use super::Hidden;
use crate::{
    parameters,
    problem::{FieldError, Problem},
};
use commands::ports::vault::Secret;
use domain::{
    cluster_url::{self, ClusterUrl},
    image::{Reference, reference, registry},
    label,
    name::Name,
    outbound::Rules,
    secret::{self, SecretName},
    text,
};
use std::{fmt, str::FromStr};

/// The rule that a value breaks, as one stable word.
pub(crate) trait Rule: fmt::Display {
    /// The word.
    fn word(&self) -> &'static str;
}

impl Rule for text::Error {
    fn word(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong { .. } => "too_long",
            Self::Unprintable(_) => "unprintable",
            Self::Padded => "padded",
        }
    }
}

impl Rule for label::Error {
    fn word(&self) -> &'static str {
        match self {
            Self::Length { .. } => "length",
            Self::Character(_) => "characters",
            Self::Ends => "ends",
        }
    }
}

impl Rule for cluster_url::Error {
    fn word(&self) -> &'static str {
        match self {
            Self::Scheme => "scheme",
            Self::Host => "host",
            Self::Port => "port",
            Self::Extra => "extra",
            Self::Path => "path",
            Self::TooLong { .. } => "too_long",
        }
    }
}

impl Rule for reference::Error {
    fn word(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong { .. } => "too_long",
            Self::Identifier => "identifier",
            Self::Registry => "registry",
            Self::Repository => "repository",
            Self::Tag => "tag",
            Self::Digest => "digest",
        }
    }
}

impl Rule for registry::Error {
    fn word(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong { .. } => "too_long",
            Self::Host => "host",
            Self::Bare => "bare",
        }
    }
}

impl Rule for secret::name::Error {
    fn word(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong { .. } => "too_long",
            Self::Form => "form",
        }
    }
}

/// What is wrong with the fields so far.
#[derive(Debug, Default)]
pub(crate) struct Check(Vec<FieldError>);

impl Check {
    /// The value, or one more field that breaks a rule.
    pub(crate) fn take<T, E: Rule>(&mut self, field: &str, value: Result<T, E>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(field, error.word(), &error);
                None
            }
        }
    }

    /// One more field that breaks a rule.
    pub(crate) fn refuse(&mut self, field: &str, rule: &'static str, detail: impl fmt::Display) {
        let detail = detail.to_string();
        self.0.push(FieldError { field: field.to_owned(), rule, detail });
    }

    /// A name.
    pub(crate) fn name(&mut self, field: &str, text: &str) -> Option<Name> {
        self.take(field, Name::parse(text))
    }

    /// The name of a secret.
    pub(crate) fn secret_name(&mut self, field: &str, text: &str) -> Option<SecretName> {
        self.take(field, SecretName::parse(text))
    }

    /// The value of a secret: not empty, and no longer than an engine takes.
    pub(crate) fn secret_value(&mut self, field: &str, value: Hidden) -> Option<Secret> {
        let (has, most) = (value.0.expose().len(), secret::Secret::VALUE_BYTES_MAX);
        if has == 0 {
            self.refuse(field, "empty", "must not be empty");
            return None;
        }
        if has > most {
            self.refuse(
                field,
                "too_long",
                format!(
                    "must have at most {most} bytes, but has {has}: Docker Swarm takes less than \
                     500 KiB"
                ),
            );
            return None;
        }
        Some(value.0)
    }

    /// What is pulled.
    pub(crate) fn reference(&mut self, field: &str, text: &str) -> Option<Reference> {
        self.take(field, Reference::parse(text))
    }

    /// The address of a cluster. What a name resolves to is checked when it is connected to.
    pub(crate) fn url(&mut self, field: &str, text: &str, outbound: &Rules) -> Option<ClusterUrl> {
        let url = self.take(field, ClusterUrl::parse(text))?;
        if !outbound.admits_host(url.host()) {
            let detail = "must not be in a network that this Berth refuses (outbound.refused)";
            self.refuse(field, "network", detail);
            return None;
        }
        Some(url)
    }

    /// A whole number within bounds.
    pub(crate) fn within(&mut self, field: &str, value: u32, most: u16) -> Option<u16> {
        match u16::try_from(value) {
            Ok(value) if (1..=most).contains(&value) => Some(value),
            Ok(_) | Err(_) => {
                self.refuse(field, "range", format!("must be a whole number from 1 to {most}"));
                None
            }
        }
    }

    /// A whole number from the least to the most.
    pub(crate) fn between(&mut self, field: &str, value: u32, (least, most): (u32, u32)) {
        if !(least..=most).contains(&value) {
            let detail = format!("must be a whole number from {least} to {most}");
            self.refuse(field, "range", detail);
        }
    }

    /// An id, in the usual form of a UUID.
    pub(crate) fn uuid<T: FromStr>(&mut self, field: &str, text: &str) -> Option<T> {
        let id = parameters::usual_uuid(text);
        if id.is_none() {
            self.refuse(field, "uuid", "must be a UUID");
        }
        id
    }

    /// The value, if no field broke a rule.
    ///
    /// # Errors
    /// Names every field that did.
    pub(crate) fn done<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            Some(_) | None => Err(Problem::fields(self.0)),
        }
    }
}

/// A place below another: `/clusters` and 3 are `/clusters/3`.
pub(crate) fn place(above: &str, step: impl fmt::Display) -> String {
    format!("{above}/{step}")
}
