//! A value of a body that is shown to nobody.

use commands::ports::vault::Secret;
use serde::{Deserialize, Deserializer};

/// A text that goes into the vault: neither shown nor serialized, and wiped when dropped.
#[derive(Debug)]
pub(crate) struct Hidden(pub(crate) Secret);

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(text.into()))
    }
}
