//! `ImportCertificate`

use crate::{
    handle::{Stop, Verb},
    ports::vault::{Keep, Kind, Secret},
    unit::Unit,
};
use domain::{
    StreamId,
    certificate::{Certificate, Command, import::Import, material::Public},
    ids::{CertificateId, RecordId},
    name::Name,
};

/// Keeps a certificate that was checked, its key in the vault.
#[derive(Clone, Debug)]
pub struct ImportCertificate {
    /// Its new id.
    pub id: CertificateId,
    /// Shown and unique.
    pub name: Name,
    /// Where the vault keeps its key.
    pub record: RecordId,
    /// Its private key, as PEM.
    pub key: Secret,
    /// All the rest.
    pub public: Public,
}

impl ImportCertificate {
    pub(crate) fn keep(&self) -> Keep<'_> {
        Keep { record: self.record, kind: Kind::CertificateKey, value: &self.key }
    }

    /// Also as a part of another command.
    pub(crate) async fn decide(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let material = self.public.clone().with_key(unit.kept(self.record)?);
        let import = Command::Import(Import { name: self.name.clone(), material });
        unit.decide::<Certificate>(self.id, import).await
    }
}

impl Verb for ImportCertificate {
    fn subject(&self) -> StreamId {
        StreamId::certificate(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    fn keeps(&self) -> Vec<Keep<'_>> {
        vec![self.keep()]
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        self.decide(unit).await
    }
}
