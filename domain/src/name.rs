//! Names that people give: shown as written, unique whatever their case or Unicode form.

use crate::text::{self, is_variation_selector};
use serde::{Deserialize, Serialize};
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// A name of 1 to 100 characters.
///
/// Deserialization does not check: a recorded name was accepted once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// The longest name, in characters.
    pub const CHARACTERS_MAX: usize = 100;

    /// Checks a name.
    ///
    /// # Errors
    /// Names the rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, text::Error> {
        text::line(text, Self::CHARACTERS_MAX)?;
        Ok(Self(text.to_owned()))
    }

    /// Equal for two names that a reader would take for the same.
    #[must_use]
    pub fn key(&self) -> String {
        fold(&self.0)
    }

    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text without what a reader does not tell apart; also for a part of a name that is searched.
///
/// NFKC, then each character to upper and to lower case (which folds `ß` and `ſ`), then NFKC:
/// the caseless matching of The Unicode Standard, section 3.13, D146, with std's case mappings.
/// Variation selectors, which emoji carry and few fonts show, do not count.
#[must_use]
pub fn fold(text: &str) -> String {
    let shown = text.chars().filter(|c| !is_variation_selector(*c));
    let upper: String = shown.nfkc().flat_map(char::to_uppercase).collect();
    upper.chars().flat_map(char::to_lowercase).nfkc().collect()
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_have_one_key() {
        let key = |text| Name::parse(text).unwrap().key();
        assert_eq!(key("Paris"), key("pARIS"));
        assert_eq!(key("Zürich"), key("Zu\u{308}rich"));
        assert_eq!(key("Straße"), key("STRASSE"));
        assert_eq!(key("ΟΔΟΣ"), key("οδος"));
        assert_eq!(key("ｐaris"), key("paris"));
        assert_eq!(key("cloud \u{2601}\u{fe0f}"), key("Cloud \u{2601}"));
        assert_ne!(key("Paris"), key("Lyon"));
    }

    #[test]
    fn a_name_of_which_nothing_shows_is_none() {
        assert_eq!(Name::parse("\u{fe0f}"), Err(text::Error::Unprintable('\u{fe0f}')));
    }
}
