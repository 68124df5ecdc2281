//! `NoteExpiry`

use super::users;
use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId, Timestamp,
    certificate::{Certificate, Command, expire},
    ids::CertificateId,
};

/// Looks at a certificate at a moment, and records that its end is near.
#[derive(Clone, Debug)]
pub struct NoteExpiry {
    /// Which one.
    pub id: CertificateId,
    /// The moment.
    pub now: Timestamp,
}

impl Verb for NoteExpiry {
    fn subject(&self) -> StreamId {
        StreamId::certificate(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let providers = users(unit, self.id).await?;
        let note = Command::NoteExpiry(expire::NoteExpiry { now: self.now, providers });
        unit.decide::<Certificate>(self.id, note).await
    }
}
