//! A certificate as clients see it: everything but its key.

use projections::certificate_list::row::{self, Row};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A key with its chain, used by clusters. The key itself is never shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct Certificate {
    id: Uuid,
    /// The version of its stream, for `If-Match`.
    version: i64,
    name: String,
    /// Whom it names.
    subject: String,
    /// Further names, as `DNS:swarm.internal` and `IP:10.9.0.1`.
    subject_alternative_names: Vec<String>,
    /// Who issued it.
    issuer: String,
    /// The number that its issuer gave it, in hexadecimal.
    serial_number: String,
    /// SHA-256 of the certificate, in hexadecimal.
    fingerprint: String,
    #[schema(format = DateTime)]
    not_before: String,
    /// The end of its validity.
    #[schema(format = DateTime)]
    not_after: String,
    /// The last warning before its end: at most so many days were left. Null while none was due.
    expiring_within_days: Option<u16>,
    /// PEM of the chain.
    certificate: String,
    /// PEM of the authorities by which the other side is verified.
    ca: Option<String>,
    /// The clusters that use it.
    used_by: Vec<Use>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// Whether an event about it could not be applied, so that this may be out of date.
    stale: bool,
}

/// A cluster that uses a certificate.
#[derive(Serialize, ToSchema)]
#[schema(as = CertificateUse)]
pub(crate) struct Use {
    provider_id: Uuid,
    cluster_id: Uuid,
}

/// A page of certificates.
#[derive(Serialize, ToSchema)]
pub(crate) struct CertificatePage {
    items: Vec<Certificate>,
    /// Where the list goes on; null at its end.
    next_cursor: Option<String>,
}

impl From<Row> for Certificate {
    fn from(row: Row) -> Self {
        let used =
            |used: row::Use| Use { provider_id: used.provider_id.0, cluster_id: used.cluster_id.0 };
        Self {
            id: row.id.0,
            version: row.version.0,
            name: row.name.to_string(),
            subject: row.subject,
            subject_alternative_names: row.subject_alternative_names,
            issuer: row.issuer,
            serial_number: row.serial_number,
            fingerprint: row.fingerprint,
            not_before: row.not_before.to_string(),
            not_after: row.not_after.to_string(),
            expiring_within_days: row.warned,
            certificate: row.certificate,
            ca: row.ca,
            used_by: row.used_by.into_iter().map(used).collect(),
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            stale: row.stale,
        }
    }
}
