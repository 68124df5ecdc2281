//! `ReplaceCertificate`

use super::users;
use crate::{
    handle::{Stop, Verb},
    ports::vault::{Keep, Kind, Secret},
    unit::Unit,
};
use domain::{
    StreamId,
    certificate::{Certificate, Command, material::Public, replace::Replace},
    ids::{CertificateId, RecordId},
};

/// Puts another key and chain in the place of those that are there; the old key is shredded.
#[derive(Clone, Debug)]
pub struct ReplaceCertificate {
    /// Which one.
    pub id: CertificateId,
    /// Where the vault keeps the new key.
    pub record: RecordId,
    /// The new private key, as PEM.
    pub key: Secret,
    /// All the rest.
    pub public: Public,
}

impl Verb for ReplaceCertificate {
    fn subject(&self) -> StreamId {
        StreamId::certificate(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    fn keeps(&self) -> Vec<Keep<'_>> {
        vec![Keep { record: self.record, kind: Kind::CertificateKey, value: &self.key }]
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let material = self.public.clone().with_key(unit.kept(self.record)?);
        let providers = users(unit, self.id).await?;
        let replace = Command::Replace(Replace { material, providers });
        unit.decide::<Certificate>(self.id, replace).await
    }
}
