//! A secret value as the log knows it: where it is kept, in which version, and what two equal ones
//! have in common. The value itself is in the vault and nowhere else.

use crate::ids::RecordId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One version of a value in the vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Equal for equal values of one record.
    pub fingerprint: Fingerprint,
    /// Which record.
    pub record_id: RecordId,
    /// Which version of it. Grows with every value that was put there, also with one that no event
    /// names in the end, so it may skip a number.
    pub version: u32,
}

/// An HMAC of a value under the key of its own record, in lower-case hexadecimal.
///
/// Without that key, which goes when the value goes, it says nothing: nobody can try out values
/// against it, and equal values of two records have different ones.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// From the bytes of the HMAC.
    #[must_use]
    pub fn of(mac: [u8; 32]) -> Self {
        Self(mac.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// In hexadecimal.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn it_is_written_in_canonical_order() {
        let kept = Kept {
            fingerprint: Fingerprint::of([0xa0; 32]),
            record_id: RecordId(Uuid::nil()),
            version: 3,
        };
        let text = serde_json::to_string(&kept).unwrap();
        let fingerprint = "a0".repeat(32);
        let record = "00000000-0000-0000-0000-000000000000";
        let expected =
            format!(r#"{{"fingerprint":"{fingerprint}","record_id":"{record}","version":3}}"#);
        assert_eq!(text, expected);
        assert_eq!(serde_json::from_str::<Kept>(&text).unwrap(), kept);
    }
}
