//! A secret that the containers read as a file.

use crate::ids::SecretId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A secret, and the file below `/run/secrets/` that has its value.
///
/// The name of the file is fixed here, so that a rotated secret is read from where it always was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Mount {
    /// Which secret.
    pub secret_id: SecretId,
    /// The name of its file.
    pub target: FileName,
}

impl Mount {
    /// The most secrets of one profile.
    pub const MOST: usize = 32;
}

/// The name of a file: 1 to 128 of `[A-Za-z0-9_.-]`, starting with a letter, a digit or `_`. A path
/// is none, and neither is a name that an engine keeps for itself, such as `..data`.
///
/// Deserialization does not check: a recorded name was accepted once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct FileName(String);

/// A text that names no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must have 1 to {most} of A-Z, a-z, 0-9, `_`, `.` and `-`, and start with a letter, a digit \
    or `_`",
    most = FileName::CHARACTERS_MAX
)]
pub struct NoFileName;

impl FileName {
    /// The longest name, in characters.
    pub const CHARACTERS_MAX: usize = 128;

    /// Checks a name.
    ///
    /// # Errors
    /// `NoFileName`.
    pub fn parse(text: &str) -> Result<Self, NoFileName> {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let plain = |byte: u8| word(byte) || byte == b'.' || byte == b'-';
        let fine = text.bytes().next().is_some_and(word)
            && text.len() <= Self::CHARACTERS_MAX
            && text.bytes().all(plain);
        if fine { Ok(Self(text.to_owned())) } else { Err(NoFileName) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The first mount whose file is that of one before it, by its place.
#[must_use]
pub fn repeated(mounts: &[Mount]) -> Option<usize> {
    let taken =
        |index: usize| mounts[..index].iter().any(|other| other.target == mounts[index].target);
    (0..mounts.len()).find(|index| taken(*index))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::profile::mount;

    #[test]
    fn a_file_is_named_without_a_path() {
        for name in ["key.pem", "_x", "1", "a-b", &"x".repeat(128)] {
            assert!(FileName::parse(name).is_ok(), "{name}");
        }
        for name in ["", ".", "..", "..data", "-a", "a/b", "/etc/passwd", "é", &"x".repeat(129)] {
            assert_eq!(FileName::parse(name), Err(NoFileName), "{name}");
        }
    }

    #[test]
    fn two_secrets_do_not_share_a_file() {
        assert_eq!(repeated(&[]), None);
        assert_eq!(repeated(&[mount(1, "a"), mount(1, "b"), mount(2, "c")]), None);
        assert_eq!(repeated(&[mount(1, "a"), mount(2, "b"), mount(3, "a")]), Some(2));
    }
}
