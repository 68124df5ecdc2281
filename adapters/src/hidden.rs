//! Keeps a secret value out of the words of a cluster. A refusal may show what was refused, as a
//! rule of an admission does. Pure.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use commands::ports::{cluster::Error, vault::Secret};

/// By so much of its beginning a value is found: words are cut, and may end within it.
const LOOKED_FOR: usize = 16;
const INSTEAD: &str = "its words have the value in them, so they are not shown";

/// The refusal, without words that show any of the value.
pub(crate) fn without(value: &Secret, error: Error) -> Error {
    let shows = |words: &str| {
        let encoded = STANDARD_NO_PAD.encode(value.expose());
        let found = |bytes: &[u8]| {
            let part = &bytes[..bytes.len().min(LOOKED_FOR)];
            !part.is_empty() && words.as_bytes().windows(part.len()).any(|found| found == part)
        };
        found(value.expose()) || found(encoded.as_bytes())
    };
    match error {
        Error::Refused { tried, words } if shows(&words) => {
            Error::Refused { tried, words: INSTEAD.to_owned() }
        }
        Error::PermissionMissing { tried, words } if shows(&words) => {
            Error::PermissionMissing { tried, words: INSTEAD.to_owned() }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_show_a_value_are_not_kept() {
        let value = format!("{:032x}", rand::random::<u128>());
        let encoded = STANDARD_NO_PAD.encode(&value);
        let kept = |words: String| {
            let error = Error::Refused { tried: "make the secret", words };
            without(&Secret::from(value.clone()), error).to_string()
        };
        for words in [format!("no: {value}"), format!("{encoded} is bad"), value[..20].to_owned()] {
            assert!(kept(words).ends_with(INSTEAD));
        }
        assert!(kept("no room".to_owned()).ends_with("no room"));
    }
}
