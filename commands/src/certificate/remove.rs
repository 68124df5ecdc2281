//! `RemoveCertificate`

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    certificate::{Certificate, Command},
    ids::CertificateId,
};

/// Removes a certificate that nothing uses; its key is shredded.
#[derive(Clone, Debug)]
pub struct RemoveCertificate {
    /// Which one.
    pub id: CertificateId,
}

impl Verb for RemoveCertificate {
    fn subject(&self) -> StreamId {
        StreamId::certificate(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        unit.decide::<Certificate>(self.id, Command::Remove).await
    }
}
