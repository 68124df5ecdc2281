//! What a certificate consists of. All of it but the key is public, and written out, so that a read
//! model needs nothing but the log to show it.

use crate::{kept::Kept, timestamp::Timestamp};
use serde::{Deserialize, Serialize};

/// Key, chain and authorities, with what the first certificate says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// PEM of the authorities by which the other side is verified; none: those everybody trusts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// PEM of the chain, its own certificate first.
    pub certificate: String,
    /// SHA-256 of its own certificate, in hexadecimal: what other programs show, too.
    pub fingerprint: String,
    /// Who issued it.
    pub issuer: String,
    /// Its private key, in the vault.
    pub key: Kept,
    /// The last moment at which it is valid.
    pub not_after: Timestamp,
    /// The first moment at which it is valid.
    pub not_before: Timestamp,
    /// The number that its issuer gave it, in hexadecimal.
    pub serial_number: String,
    /// Whom it names.
    pub subject: String,
    /// Further names, as `DNS:swarm.internal` and `IP:10.9.0.1`.
    pub subject_alternative_names: Vec<String>,
}

/// A certificate as everybody may see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Public {
    /// PEM of the authorities by which the other side is verified.
    pub ca: Option<String>,
    /// PEM of the chain.
    pub certificate: String,
    /// SHA-256 of its own certificate, in hexadecimal.
    pub fingerprint: String,
    /// Who issued it.
    pub issuer: String,
    /// The last moment at which it is valid.
    pub not_after: Timestamp,
    /// The first moment at which it is valid.
    pub not_before: Timestamp,
    /// The number that its issuer gave it.
    pub serial_number: String,
    /// Whom it names.
    pub subject: String,
    /// Further names.
    pub subject_alternative_names: Vec<String>,
}

impl Public {
    /// With the key that belongs to it.
    #[must_use]
    pub fn with_key(self, key: Kept) -> Material {
        Material {
            ca: self.ca,
            certificate: self.certificate,
            fingerprint: self.fingerprint,
            issuer: self.issuer,
            key,
            not_after: self.not_after,
            not_before: self.not_before,
            serial_number: self.serial_number,
            subject: self.subject,
            subject_alternative_names: self.subject_alternative_names,
        }
    }
}

impl Material {
    /// Whether both say the same to everybody else. A chain belongs to one key, so the key need not
    /// be compared.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.certificate == other.certificate && self.ca == other.ca
    }
}
