//! How Berth says who it is to a cluster, with the secrets that a command brings along for that.

use crate::{
    certificate::import::ImportCertificate,
    handle::Stop,
    ports::vault::{Keep, Kind, Secret},
    refusal::Refusal,
    unit::Unit,
};
use domain::{
    certificate::Certificate,
    ids::{CertificateId, RecordId},
    kept::Kept,
    provider::Cluster,
};

/// What a cluster is reached with, beside its addresses.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// A certificate.
    pub certificate: Option<UsedCertificate>,
    /// A bearer token.
    pub token: Option<Token>,
}

/// A certificate that a cluster will use.
#[derive(Clone, Debug)]
pub enum UsedCertificate {
    /// One that is there.
    Known(CertificateId),
    /// One that the command brings along; it becomes a certificate like any other.
    New(Box<ImportCertificate>),
}

/// A bearer token on its way into the vault.
#[derive(Clone, Debug)]
pub struct Token {
    /// Where the vault keeps it.
    pub record: RecordId,
    /// The token.
    pub value: Secret,
}

impl UsedCertificate {
    pub(crate) fn id(&self) -> CertificateId {
        match self {
            Self::Known(id) => *id,
            Self::New(import) => import.id,
        }
    }

    pub(crate) fn keeps(&self) -> Option<Keep<'_>> {
        match self {
            Self::Known(_) => None,
            Self::New(import) => Some(import.keep()),
        }
    }

    /// Its id, once it is known to be there.
    pub(crate) async fn settle(&self, unit: &mut Unit<'_>) -> Result<CertificateId, Stop> {
        match self {
            Self::Known(id) => {
                // That it was imported only grows; that it is still there is judged by the log.
                let certificate = unit.glance::<Certificate>(*id).await?;
                certificate.present().map_err(Refusal::from)?;
                Ok(*id)
            }
            Self::New(import) => {
                import.decide(unit).await?;
                Ok(import.id)
            }
        }
    }
}

impl Token {
    pub(crate) fn keep(&self) -> Keep<'_> {
        Keep { record: self.record, kind: Kind::ClusterToken, value: &self.value }
    }

    pub(crate) fn settle(&self, unit: &Unit<'_>) -> Result<Kept, Stop> {
        unit.kept(self.record)
    }
}

impl Access {
    pub(crate) fn keeps(&self) -> impl Iterator<Item = Keep<'_>> {
        let certificate = self.certificate.as_ref().and_then(UsedCertificate::keeps);
        certificate.into_iter().chain(self.token.as_ref().map(Token::keep))
    }

    /// The cluster, reached like this.
    pub(crate) async fn settle(
        &self,
        cluster: Cluster,
        unit: &mut Unit<'_>,
    ) -> Result<Cluster, Stop> {
        let certificate_id = match &self.certificate {
            Some(certificate) => Some(certificate.settle(unit).await?),
            None => None,
        };
        let token = self.token.as_ref().map(|token| token.settle(unit)).transpose()?;
        Ok(Cluster { certificate_id, token, ..cluster })
    }
}
