//! Values that must not be seen. They are read with `expose`, a word that stands out in review.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use url::Url;

/// What is shown in place of a secret.
const HIDDEN: &str = "[hidden]";

/// As [`HIDDEN`], where brackets would not survive the grammar of a URL.
const HIDDEN_IN_URL: &str = "hidden";

/// A password or token. Printed and serialized as `[hidden]`.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

/// The address of a server, in which there may be a password. Printed and serialized without it.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct ConnectionUrl(String);

impl Secret {
    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl ConnectionUrl {
    /// The whole address, with the password that it may have.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether every address of the comma-separated list has one of these schemes.
    pub(super) fn has_scheme(&self, schemes: &[&str]) -> bool {
        self.0.split(',').all(|address| {
            address.split_once("://").is_some_and(|(scheme, _)| schemes.contains(&scheme.trim()))
        })
    }

    /// The address that may be shown. What cannot be understood is hidden whole.
    fn shown(&self) -> String {
        let addresses: Option<Vec<String>> = self.0.split(',').map(shown_address).collect();
        addresses.map_or_else(|| HIDDEN.to_owned(), |addresses| addresses.join(","))
    }
}

fn shown_address(address: &str) -> Option<String> {
    let mut url = Url::parse(address.trim()).ok()?;
    if url.path().contains('@') || url.query().is_some_and(|query| query.contains('@')) {
        // A password with a slash in it ends the host too early, and shows in the path.
        return None;
    }
    if url.password().is_some() {
        url.set_password(Some(HIDDEN_IN_URL)).ok()?;
    } else if !url.username().is_empty() && !url.scheme().starts_with("postgres") {
        // NATS takes a lone user name for a token.
        url.set_username(HIDDEN_IN_URL).ok()?;
    }
    if url.query_pairs().any(|(name, _)| name.contains("pass")) {
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        url.query_pairs_mut().clear().extend_pairs(pairs.iter().map(|(name, value)| {
            (name, if name.contains("pass") { HIDDEN_IN_URL } else { value.as_str() })
        }));
    }
    Some(url.into())
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<String> for ConnectionUrl {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HIDDEN)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HIDDEN)
    }
}

impl fmt::Debug for ConnectionUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.shown())
    }
}

impl fmt::Display for ConnectionUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown())
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

impl Serialize for ConnectionUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.shown())
    }
}
