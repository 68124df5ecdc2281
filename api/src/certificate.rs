//! A certificate as somebody hands it over: PEM texts, checked before anything is kept.
//!
//! Everything that would fail later, on some cluster at some hour, is refused here, and named: a
//! key that belongs to another certificate, a chain out of order, a date that has passed, a usage
//! that is not that of a client. A client certificate needs no further names: its subject is
//! enough.
//!
//! **Invariants**
//! - Nothing of a text is repeated in a refusal: it may be a key in the wrong field.
//! - What is kept is written anew from what was understood, so that nothing rides along unseen.

mod chain;
mod pem;

#[cfg(test)]
mod tests;

use crate::body::{Check, Rule, place};
use commands::ports::vault::Secret;
use domain::{Timestamp, certificate::material::Public};
use serde::Deserialize;
use std::fmt;

/// The longest text of a key, in characters.
const KEY_CHARACTERS_MAX: usize = 16 * 1024;
/// The longest text of a chain, or of authorities.
const CHAIN_CHARACTERS_MAX: usize = 64 * 1024;

/// Key, chain and authorities, as PEM texts.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CertificateMaterial)]
pub(crate) struct Body {
    /// The private key: PKCS#8, PKCS#1 or SEC1. It is kept in the vault and never shown.
    #[schema(format = "pem-private-key", max_length = 16384)]
    key: String,
    /// Its certificate and those of the authorities above it, each issued by the next.
    #[schema(format = "pem-certificates", max_length = 65536)]
    certificate: String,
    /// The authorities by which the other side is verified. Absent: those everybody trusts.
    #[schema(format = "pem-certificates", max_length = 65536)]
    ca: Option<String>,
}

/// A certificate that was checked.
pub(crate) struct Checked {
    /// Its private key, as PEM.
    pub(crate) key: Secret,
    /// All the rest.
    pub(crate) public: Public,
}

impl Body {
    pub(crate) fn new(key: String, certificate: String, ca: Option<String>) -> Self {
        Self { key, certificate, ca }
    }

    /// Checks everything that can be checked at a moment; `at` is the place in the body.
    pub(crate) fn checked(self, check: &mut Check, at: &str, now: Timestamp) -> Option<Checked> {
        self.check(check, at, &place(at, "key"), &place(at, "certificate"), now)
    }

    /// The same for a text that holds all of it.
    pub(crate) fn checked_whole(
        self,
        check: &mut Check,
        at: &str,
        now: Timestamp,
    ) -> Option<Checked> {
        self.check(check, at, at, at, now)
    }

    fn check(
        self,
        check: &mut Check,
        at: &str,
        key_at: &str,
        chain_at: &str,
        now: Timestamp,
    ) -> Option<Checked> {
        let key = check.take(key_at, bounded(&self.key, KEY_CHARACTERS_MAX));
        let key = key.and_then(|text| check.take(key_at, pem::key(text)));
        let chain = check.take(chain_at, bounded(&self.certificate, CHAIN_CHARACTERS_MAX));
        let chain = chain.and_then(|text| check.take(chain_at, chain::read(text)));
        let chain = chain.and_then(|chain| {
            check.take(chain_at, chain.check_client(now))?;
            Some(chain)
        });
        let ca = match &self.ca {
            Some(text) => authorities(check, at, text, now).map(Some),
            None => Some(None),
        };
        let (key, chain, ca) = (key?, chain?, ca?);
        check.take(key_at, chain.check_key(&key))?;
        Some(Checked { public: chain.public(ca)?, key: key.into_secret() })
    }
}

/// Checks authorities of which the whole text is at `at`, and writes them anew.
pub(crate) fn authorities_of(
    check: &mut Check,
    at: &str,
    text: &str,
    now: Timestamp,
) -> Option<String> {
    let text = check.take(at, bounded(text, CHAIN_CHARACTERS_MAX))?;
    let authorities = check.take(at, chain::read(text))?;
    check.take(at, authorities.check_dates(now))?;
    Some(authorities.pem())
}

/// Checks the authorities of a body, and writes them anew.
pub(crate) fn authorities(
    check: &mut Check,
    at: &str,
    text: &str,
    now: Timestamp,
) -> Option<String> {
    authorities_of(check, &place(at, "ca"), text, now)
}

fn bounded(text: &str, most: usize) -> Result<&str, Error> {
    if text.len() > most { Err(Error::TooLong { most }) } else { Ok(text) }
}

/// Why a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Error {
    TooLong { most: usize },
    NoKey,
    EncryptedKey,
    ManyKeys,
    UnknownKey,
    NoCertificate,
    TooManyCertificates { most: usize },
    Unreadable { index: usize },
    OldVersion { index: usize },
    Order { index: usize },
    Expired { index: usize },
    NotYetValid { index: usize },
    NoClientUsage,
    KeyMismatch,
}

impl Rule for Error {
    fn word(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too_long",
            Self::NoKey | Self::NoCertificate => "pem",
            Self::EncryptedKey => "encrypted",
            Self::ManyKeys => "one_key",
            Self::UnknownKey => "key_kind",
            Self::TooManyCertificates { .. } => "too_many",
            Self::Unreadable { .. } => "x509",
            Self::OldVersion { .. } => "version",
            Self::Order { .. } => "chain_order",
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not_yet_valid",
            Self::NoClientUsage => "client_auth",
            Self::KeyMismatch => "key_mismatch",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { most } => write!(f, "must have at most {most} characters"),
            Self::NoKey => f.write_str(
                "must be a private key in PEM: `PRIVATE KEY`, `RSA PRIVATE KEY` or \
                 `EC PRIVATE KEY`",
            ),
            Self::EncryptedKey => f.write_str("must not be encrypted: nobody is there to ask"),
            Self::ManyKeys => f.write_str("must be one private key, not several"),
            Self::UnknownKey => {
                f.write_str("must be an RSA key of at least 2048 bits, P-256, P-384 or Ed25519")
            }
            Self::NoCertificate => f.write_str("must be certificates in PEM: `CERTIFICATE`"),
            Self::TooManyCertificates { most } => {
                write!(f, "must have at most {most} certificates")
            }
            Self::Unreadable { index } => {
                write!(f, "must have X.509 certificates: number {} is none", index + 1)
            }
            Self::OldVersion { index } => {
                write!(f, "must have certificates of X.509 version 3: number {} is not", index + 1)
            }
            Self::Order { index } => write!(
                f,
                "must have each certificate issued by the next: number {} is not by number {}",
                index + 1,
                index + 2
            ),
            Self::Expired { index } => write!(f, "must be valid: number {} has expired", index + 1),
            Self::NotYetValid { index } => {
                write!(f, "must be valid: number {} is not yet", index + 1)
            }
            Self::NoClientUsage => f.write_str(
                "must be for client authentication: it states its usages, and that is none",
            ),
            Self::KeyMismatch => f.write_str("must be the key of the first certificate"),
        }
    }
}
