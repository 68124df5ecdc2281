//! Names of secrets: what Docker Swarm and Kubernetes both take as the name of their own.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A name of lower-case letters, digits and dashes, in parts divided by dots.
///
/// Deserialization does not check: a recorded name was accepted once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct SecretName(String);

/// Why a text is no name of a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing there.
    #[error("must not be empty")]
    Empty,
    /// Longer than an engine takes with a version behind it.
    #[error("must have at most {most} characters")]
    TooLong {
        /// The bound.
        most: usize,
    },
    /// Not in the form that both engines take.
    #[error(
        "must have parts of `[a-z0-9-]`, divided by dots, each with a letter or digit at both ends"
    )]
    Form,
}

impl SecretName {
    /// The longest name, in characters: Docker Swarm takes 64, with `-v` and a version of up to ten
    /// digits behind.
    pub const CHARACTERS_MAX: usize = 52;

    /// Checks a name.
    ///
    /// # Errors
    /// Names the first rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Err(Error::Empty);
        }
        if text.chars().count() > Self::CHARACTERS_MAX {
            return Err(Error::TooLong { most: Self::CHARACTERS_MAX });
        }
        if text.split('.').all(is_part) { Ok(Self(text.to_owned())) } else { Err(Error::Form) }
    }

    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_part(text: &str) -> bool {
    let is_inner = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    !text.is_empty() && text.bytes().all(is_inner) && !text.starts_with('-') && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_both_engines_take() {
        for name in ["a", "0", "db-password", "tls.key", "a.b-c.d0", &"a".repeat(52)] {
            assert_eq!(SecretName::parse(name).unwrap().as_str(), name);
        }
        assert_eq!(SecretName::parse(""), Err(Error::Empty));
        assert_eq!(SecretName::parse(&"a".repeat(53)), Err(Error::TooLong { most: 52 }));
        for name in [
            "Db",
            "db_password",
            "-db",
            "db-",
            ".db",
            "db.",
            "a..b",
            "a.-b",
            "a b",
            " a",
            "a\n",
            "a\u{0}",
            "ä",
            "a/b",
        ] {
            assert_eq!(SecretName::parse(name), Err(Error::Form), "{name:?}");
        }
    }

    #[test]
    fn a_name_with_the_highest_version_still_fits() {
        let native = format!("{}-v{}", "a".repeat(SecretName::CHARACTERS_MAX), u32::MAX);
        assert_eq!(native.len(), 64);
    }
}
