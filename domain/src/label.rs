//! Labels of nodes: the grammar that Swarm and Kubernetes both accept.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a key or a value is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Outside the bounds.
    #[error("must have {least} to {most} characters, but has {has}")]
    Length {
        /// The shortest.
        least: usize,
        /// The longest.
        most: usize,
        /// What was given.
        has: usize,
    },
    /// A character that one of the engines refuses.
    #[error("must consist of A-Z, a-z, 0-9, `_`, `.` and `-`, but contains {0:?}")]
    Character(char),
    /// A sign at one of its ends.
    #[error("must start and end with a letter or a digit")]
    Ends,
}

macro_rules! label_part {
    ($(#[$doc:meta])* $name:ident, $least:literal) => {
        $(#[$doc])*
        ///
        /// Deserialization does not check: what was recorded was accepted once, and a cluster may
        /// show labels that Berth would not write.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks the grammar.
            ///
            /// # Errors
            /// Names the rule that the text breaks.
            pub fn parse(text: &str) -> Result<Self, Error> {
                check(text, $least)?;
                Ok(Self(text.to_owned()))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

label_part! {
    /// The key of a label: 2 to 63 of `[A-Za-z0-9_.-]`, alphanumeric at both ends.
    Key, 2
}
label_part! {
    /// The value of a label: 1 to 63 of `[A-Za-z0-9_.-]`, alphanumeric at both ends.
    Value, 1
}

const CHARACTERS_MAX: usize = 63;

fn check(text: &str, least: usize) -> Result<(), Error> {
    let has = text.chars().count();
    if has < least || has > CHARACTERS_MAX {
        return Err(Error::Length { least, most: CHARACTERS_MAX, has });
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if let Some(c) = text.chars().find(|c| !allowed(*c)) {
        return Err(Error::Character(c));
    }
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    if ends(text.chars().next()) && ends(text.chars().last()) { Ok(()) } else { Err(Error::Ends) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_what_both_engines_accept() {
        assert!(Key::parse("zone").is_ok());
        assert!(Key::parse("Type.GPU-2_x").is_ok());
        assert_eq!(Key::parse("z"), Err(Error::Length { least: 2, most: 63, has: 1 }));
        assert!(Value::parse("1").is_ok());
        assert_eq!(Value::parse(""), Err(Error::Length { least: 1, most: 63, has: 0 }));
        assert_eq!(Key::parse("a/b"), Err(Error::Character('/')));
        assert_eq!(Value::parse("-a"), Err(Error::Ends));
        assert_eq!(Value::parse("a."), Err(Error::Ends));
        assert!(Value::parse(&"x".repeat(63)).is_ok());
        assert!(Value::parse(&"x".repeat(64)).is_err());
        assert_eq!(Value::parse("é"), Err(Error::Character('é')));
    }
}
