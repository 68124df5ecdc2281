//! A certificate, as a list shows it.

use crate::page::Shown;
use domain::{
    Timestamp, Version,
    certificate::Material,
    ids::{CertificateId, ClusterId, ProviderId},
    name::Name,
};
use serde::{Deserialize, Serialize};

/// A cluster that uses a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Use {
    /// The provider of the cluster.
    pub provider_id: ProviderId,
    /// The cluster.
    pub cluster_id: ClusterId,
}

/// A certificate, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its id.
    pub id: CertificateId,
    /// The version of its stream, for `If-Match`.
    pub version: Version,
    /// Its name.
    pub name: Name,
    /// Whom it names.
    pub subject: String,
    /// Further names.
    pub subject_alternative_names: Vec<String>,
    /// Who issued it.
    pub issuer: String,
    /// The number that its issuer gave it.
    pub serial_number: String,
    /// SHA-256 of the certificate.
    pub fingerprint: String,
    /// The first moment at which it is valid.
    pub not_before: Timestamp,
    /// The last one.
    pub not_after: Timestamp,
    /// The last warning before its end, in days.
    pub warned: Option<u16>,
    /// PEM of the chain.
    pub certificate: String,
    /// PEM of the authorities.
    pub ca: Option<String>,
    /// The clusters that use it, in order.
    pub used_by: Vec<Use>,
    /// When it was imported.
    pub created_at: Timestamp,
    /// When anything about it changed last.
    pub updated_at: Timestamp,
    /// Whether an event about it is parked, so that the row may be out of date.
    pub stale: bool,
}

impl Row {
    /// Shows another key and chain.
    pub(super) fn put(&mut self, material: &Material) {
        self.subject.clone_from(&material.subject);
        self.subject_alternative_names.clone_from(&material.subject_alternative_names);
        self.issuer.clone_from(&material.issuer);
        self.serial_number.clone_from(&material.serial_number);
        self.fingerprint.clone_from(&material.fingerprint);
        self.not_before = material.not_before;
        self.not_after = material.not_after;
        self.certificate.clone_from(&material.certificate);
        self.ca.clone_from(&material.ca);
        self.warned = None;
    }
}

impl Shown for Row {
    fn set_stale(&mut self, stale: bool) {
        self.stale = stale;
    }
}
