//! Everything by which a cluster is reached. It names secrets, by record and version, and has none:
//! whoever connects reads them from the vault.

use domain::{certificate::Material, provider};
use std::sync::Arc;

/// A cluster as registered, with the certificate that it names as it stands now.
///
/// Two that are equal are reached in the same way with the same credentials. So whoever holds a
/// connection sees by comparing that a certificate was replaced, or a token, or an address.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// Which engine it runs.
    pub kind: provider::Kind,
    /// How it is registered.
    pub cluster: provider::Cluster,
    /// The certificate of `cluster.certificate_id`; none where it names none.
    pub certificate: Option<Arc<Material>>,
}

impl Endpoint {
    /// PEM of the authorities by which the cluster is verified; none: those everybody trusts.
    #[must_use]
    pub fn authorities(&self) -> Option<&str> {
        let own = self.certificate.as_ref().and_then(|material| material.ca.as_deref());
        own.or(self.cluster.ca.as_deref())
    }
}
