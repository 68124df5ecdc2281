//! Variables of the containers' environment.
//!
//! Values stand in the log and in every history: what must stay secret belongs into a secret, which
//! a container reads as a file. They are taken as they are; an adapter escapes what its engine
//! would expand (Kubernetes `$(NAME)`, Swarm `{{…}}`).

use crate::text;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// The variables by name.
pub type Environment = BTreeMap<Variable, String>;

/// The most variables.
pub const VARIABLES_MAX: usize = 128;
/// The longest value, in characters.
pub const VALUE_CHARACTERS_MAX: usize = 4096;

/// The name of a variable: a letter or `_`, then letters, digits and `_`, at most 128 characters.
/// Every shell, and both engines, read such a name as one.
///
/// Deserialization does not check: a recorded name was accepted once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Variable(String);

/// A text that names no variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be named by 1 to {most} of A-Z, a-z, 0-9 and `_`, not starting with a digit",
    most = Variable::CHARACTERS_MAX
)]
pub struct NoVariable;

impl Variable {
    /// The longest name, in characters.
    pub const CHARACTERS_MAX: usize = 128;

    /// Checks a name.
    ///
    /// # Errors
    /// `NoVariable`.
    pub fn parse(text: &str) -> Result<Self, NoVariable> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let first = text.bytes().next().is_some_and(|first| !first.is_ascii_digit());
        let fine = first && text.len() <= Self::CHARACTERS_MAX && text.bytes().all(plain);
        if fine { Ok(Self(text.to_owned())) } else { Err(NoVariable) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks a value.
///
/// # Errors
/// Names the rule that the text breaks.
pub fn check_value(value: &str) -> Result<(), text::Error> {
    text::block(value, VALUE_CHARACTERS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_named_as_every_shell_names_one() {
        for name in ["A", "_", "PATH", "http_proxy", "A1", &"x".repeat(128)] {
            assert!(Variable::parse(name).is_ok(), "{name}");
        }
        for name in ["", "1A", "A-B", "A.B", "A=B", "A B", "é", &"x".repeat(129)] {
            assert_eq!(Variable::parse(name), Err(NoVariable), "{name}");
        }
    }

    #[test]
    fn a_value_may_be_empty_and_have_lines() {
        assert_eq!(check_value(""), Ok(()));
        assert_eq!(check_value("a\nb"), Ok(()));
        assert_eq!(check_value("a\0b"), Err(text::Error::Unprintable('\0')));
        let long = "x".repeat(VALUE_CHARACTERS_MAX + 1);
        assert!(matches!(check_value(&long), Err(text::Error::TooLong { .. })));
    }
}
