//! The port of the vault: the one place where secret values are.
//!
//! A value goes in before the event that names it is recorded, so that no event ever names one that
//! is not there. What was put for a command that recorded nothing is taken back; what a crash left
//! behind is found by the vault itself, since each version knows its command. So the order is safe
//! whatever happens between the two.

use async_trait::async_trait;
use domain::{
    ids::{CommandId, RecordId},
    kept::Kept,
};
use std::fmt;
use zeroize::Zeroizing;

/// Where secret values are kept, encrypted, until their record is shredded.
#[async_trait]
pub trait Vault: Send + Sync {
    /// Keeps values for a command, all or none, each as a new version of its record. A record that
    /// is not there yet is made.
    async fn put(&self, command: CommandId, values: &[Keep<'_>]) -> Result<Vec<Kept>, Error>;

    /// Forgets versions that no event will ever name.
    async fn take_back(&self, kept: &[Kept]) -> Result<(), Error>;

    /// The value of one version of a record.
    async fn get(&self, record: RecordId, version: u32) -> Result<Secret, Error>;

    /// Drops the keys of records: their values can never be read again, in any version. Shredding
    /// what was shredded, or was never there, changes nothing.
    async fn shred(&self, records: &[RecordId]) -> Result<(), Error>;
}

/// A value on its way into the vault.
#[derive(Debug)]
pub struct Keep<'a> {
    /// Which record it is a new version of.
    pub record: RecordId,
    /// What it is.
    pub kind: Kind,
    /// The value.
    pub value: &'a Secret,
}

/// What a record holds. A value put under one kind cannot be read under another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The private key of a certificate, as PKCS#8 DER.
    CertificateKey,
    /// The bearer token of a cluster.
    ClusterToken,
    /// The key of the digests of requests.
    DigestKey,
    /// User and password of a registry.
    RegistryCredential,
    /// The value of a secret that workloads mount.
    SecretValue,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::CertificateKey,
        Self::ClusterToken,
        Self::DigestKey,
        Self::RegistryCredential,
        Self::SecretValue,
    ];

    /// The kind as it is stored; a value is bound to it, so it can never change.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CertificateKey => "certificate_key",
            Self::ClusterToken => "cluster_token",
            Self::DigestKey => "digest_key",
            Self::RegistryCredential => "registry_credential",
            Self::SecretValue => "secret_value",
        }
    }
}

/// A secret value. Neither shown nor serialized, and wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes over.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The value itself; whoever asks takes care that it goes nowhere else.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text.into_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([hidden])")
    }
}

/// Why the vault did not do its part.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database is out of reach, or refused what it should not refuse.
    #[error("the vault did not answer while trying to {tried}")]
    Unavailable {
        /// Bare verb phrase.
        tried: &'static str,
        /// What the database said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// This process has no master key of that id.
    #[error("the master key `{key}` of the vault is not in its key file; put it there again")]
    NoMasterKey {
        /// Which one.
        key: String,
        /// Why the key file could not be read again, where that is the cause.
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The record is gone for good, or was never there.
    #[error("the vault has no readable version {version} of record {record}")]
    Gone {
        /// Which record.
        record: RecordId,
        /// Which version.
        version: u32,
    },
    /// What is stored is not what was put there: another record's, altered, or under another key.
    #[error("record {record} of the vault was altered, or its master key is another one")]
    Altered {
        /// Which record.
        record: RecordId,
    },
    /// The record holds something else.
    #[error("record {record} of the vault holds something else than a {}", kind.as_str())]
    OtherKind {
        /// Which record.
        record: RecordId,
        /// What was to be put there.
        kind: Kind,
    },
    /// A verb brought a value to a writer that has no vault, or asked for one it did not bring.
    #[error("this process keeps no secrets")]
    NotKept,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_nothing_of_itself() {
        let text = format!("{:032x}", rand::random::<u128>());
        let secret = Secret::from(text.clone());
        let keep = Keep { record: RecordId::DIGEST_KEY, kind: Kind::SecretValue, value: &secret };
        assert!(!format!("{secret:?} {keep:?}").contains(&text));
        assert_eq!(secret.expose(), text.as_bytes());
    }
}
