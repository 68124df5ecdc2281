//! What is pulled: a reference in Docker's format, `[registry/]repository[:tag][@digest]`.
//!
//! The grammar is that of `distribution/reference`, where its versions differ the narrower one, so
//! that every engine in use takes what is accepted here: 255 characters for registry and repository
//! together, no capitals in the first part of a repository, digests of a known algorithm.

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, net::Ipv6Addr};

/// A reference as written.
///
/// Deserialization does not check: a recorded reference was accepted once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Reference(String);

/// Why a text is no reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing there.
    #[error("must not be empty")]
    Empty,
    /// More than any engine takes.
    #[error("must have at most {most} characters before tag and digest")]
    TooLong {
        /// The bound.
        most: usize,
    },
    /// An engine would take it for the id of an image.
    #[error("must not be 64 hexadecimal digits, which is the form of an image id")]
    Identifier,
    /// What stands before the first slash.
    #[error("must name a registry as a host, with a port if needed: `registry.example:5000/app`")]
    Registry,
    /// What stands between registry and tag.
    #[error(
        "must name a repository of lower-case letters and digits, joined by `.`, `_`, `__` or \
        dashes, in parts divided by `/`"
    )]
    Repository,
    /// What stands behind the colon.
    #[error("must have a tag of 1 to 128 of `[A-Za-z0-9_.-]` that starts with none of `.-`")]
    Tag,
    /// What stands behind the `@`.
    #[error("must have a digest such as `sha256:` and 64 lower-case hexadecimal digits")]
    Digest,
}

/// The registry of a reference that names none.
pub const REGISTRY_DEFAULT: &str = "docker.io";
/// What the default registry was called before.
const REGISTRY_LEGACY: &str = "index.docker.io";
/// Where the default registry keeps repositories of one part.
const OFFICIAL: &str = "library";
/// The tag of a reference that has neither tag nor digest.
const TAG_DEFAULT: &str = "latest";
/// The longest tag, in characters.
const TAG_CHARACTERS_MAX: usize = 128;
/// The digests that engines know, with the length of their digits.
const DIGESTS: [(&str, usize); 3] = [("sha256", 64), ("sha384", 96), ("sha512", 128)];
/// The length of an image id.
const IDENTIFIER_CHARACTERS: usize = 64;

/// A reference taken apart, with what it leaves out filled in.
struct Parts<'a> {
    registry: &'a str,
    repository: Cow<'a, str>,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl Reference {
    /// The longest registry and repository together, as `docker.io/library/nginx`, in characters.
    pub const NAME_CHARACTERS_MAX: usize = 255;

    /// Checks a reference.
    ///
    /// # Errors
    /// Names the first rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Err(Error::Empty);
        }
        if text.len() == IDENTIFIER_CHARACTERS && text.bytes().all(is_hexadecimal) {
            return Err(Error::Identifier);
        }
        let Parts { registry, repository, tag, digest } = parts(text);
        if registry.len() + 1 + repository.len() > Self::NAME_CHARACTERS_MAX {
            return Err(Error::TooLong { most: Self::NAME_CHARACTERS_MAX });
        }
        if !is_registry(registry) {
            return Err(Error::Registry);
        }
        if !repository.split('/').all(is_component) {
            return Err(Error::Repository);
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(Error::Tag);
        }
        if digest.is_some_and(|digest| !is_digest(digest)) {
            return Err(Error::Digest);
        }
        Ok(Self(text.to_owned()))
    }

    /// Equal for two references that mean the same: `nginx` is `docker.io/library/nginx:latest`.
    #[must_use]
    pub fn key(&self) -> String {
        let Parts { registry, repository, tag, digest } = parts(&self.0);
        let tag = tag.or(digest.is_none().then_some(TAG_DEFAULT));
        let mut key = format!("{}/{repository}", registry.to_ascii_lowercase());
        if let Some(tag) = tag {
            key.extend([":", tag]);
        }
        if let Some(digest) = digest {
            key.extend(["@", digest]);
        }
        key
    }

    /// The host that it is pulled from: `docker.io`, `registry.example:5000`.
    #[must_use]
    pub fn registry(&self) -> &str {
        parts(&self.0).registry
    }

    /// The reference as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Takes any text apart; whether the parts are right is another question.
fn parts(text: &str) -> Parts<'_> {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    // A colon before the last slash belongs to the port of the registry.
    let last = rest.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = match rest[last..].find(':') {
        Some(colon) => (&rest[..last + colon], Some(&rest[last + colon + 1..])),
        None => (rest, None),
    };
    let (registry, path) = match name.split_once('/') {
        Some((first, path)) if is_told_apart(first) => (today(first), path),
        Some(_) | None => (REGISTRY_DEFAULT, name),
    };
    let repository = if registry == REGISTRY_DEFAULT && !path.contains('/') {
        Cow::Owned(format!("{OFFICIAL}/{path}"))
    } else {
        Cow::Borrowed(path)
    };
    Parts { registry, repository, tag, digest }
}

/// Whether what stands before the first slash is a registry, and no part of a repository.
pub(super) fn is_told_apart(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost"
}

/// What a registry is called today.
pub(super) fn today(registry: &str) -> &str {
    if registry == REGISTRY_LEGACY { REGISTRY_DEFAULT } else { registry }
}

/// A host and perhaps a port, as a reference or a credential names a registry.
pub(super) fn is_registry(text: &str) -> bool {
    let (is_host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => (address.parse::<Ipv6Addr>().is_ok(), port),
        None => {
            let end = text.find(':').unwrap_or(text.len());
            (text[..end].split('.').all(is_label), &text[end..])
        }
    };
    is_host && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|n| n > 0)
}

/// A part of a host's name.
fn is_label(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    text.bytes().all(is_inner) && !text.is_empty() && !text.starts_with('-') && !text.ends_with('-')
}

/// A part of a repository: runs of letters and digits, joined by separators.
fn is_component(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_separator =
        |run: &str| matches!(run, "." | "_" | "__") || run.bytes().all(|byte| byte == b'-');
    text.starts_with(is_word)
        && text.ends_with(is_word)
        && text.split(is_word).filter(|run| !run.is_empty()).all(is_separator)
}

fn is_tag(text: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    (1..=TAG_CHARACTERS_MAX).contains(&text.len())
        && text.chars().all(is_inner)
        && !text.starts_with(['.', '-'])
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, digits)) = text.split_once(':') else { return false };
    DIGESTS.contains(&(algorithm, digits.len())) && digits.bytes().all(is_hexadecimal)
}

fn is_hexadecimal(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests;
