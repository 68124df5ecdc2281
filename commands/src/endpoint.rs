//! Folds from the log how a cluster is reached now: as registered, with its certificate of today.

use crate::{
    handle::Writer,
    ports::{cluster::Endpoint, event_log},
};
use domain::{
    certificate::{Certificate, Material},
    ids::CertificateId,
    provider::{self, Cluster},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Certificates by their ids, each as it stands now; one that several clusters use is here once.
#[derive(Clone, Debug, Default)]
pub struct Certificates(BTreeMap<CertificateId, Arc<Material>>);

impl Certificates {
    /// The certificates that clusters name.
    ///
    /// # Errors
    /// When the log does not answer.
    pub async fn of(
        writer: &Writer,
        clusters: impl IntoIterator<Item = &Cluster>,
    ) -> Result<Self, event_log::Error> {
        let ids: BTreeSet<_> =
            clusters.into_iter().filter_map(|cluster| cluster.certificate_id).collect();
        if ids.is_empty() {
            return Ok(Self::default());
        }
        let ids: Vec<CertificateId> = ids.into_iter().collect();
        let folded = writer.streams().fold_each::<Certificate>(&ids).await?;
        let known = ids.into_iter().zip(folded).filter_map(|(id, folded)| {
            let imported = folded.state.present().ok()?;
            Some((id, Arc::new(imported.material.clone())))
        });
        Ok(Self(known.collect()))
    }

    /// How a cluster is reached with the one of these that it names.
    #[must_use]
    pub fn endpoint(&self, kind: provider::Kind, cluster: Cluster) -> Endpoint {
        let certificate = cluster.certificate_id.and_then(|id| self.0.get(&id).cloned());
        Endpoint { kind, cluster, certificate }
    }
}

/// How one cluster is reached.
///
/// # Errors
/// When the log does not answer.
pub async fn endpoint(
    writer: &Writer,
    kind: provider::Kind,
    cluster: Cluster,
) -> Result<Endpoint, event_log::Error> {
    Ok(Certificates::of(writer, [&cluster]).await?.endpoint(kind, cluster))
}
