//! What an event means for the list of certificates.

use super::row::{Row, Use};
use crate::{apply::Error, decoded::Decoded, fold::Fold, past::Shown, rows, rows::Rows};
use async_trait::async_trait;
use domain::{
    Event, certificate,
    ids::{CertificateId, ClusterId, ProviderId},
    provider,
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

const LOAD: &str = "SELECT id, document::text FROM certificate WHERE id = ANY($1)";
const LOAD_USED: &str = "SELECT id, document::text FROM used WHERE id = ANY($1)";

const WRITE: &str = "
INSERT INTO certificate (id, name_key, created_at, not_after, document)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::json[])
ON CONFLICT (id) DO UPDATE SET
    name_key = excluded.name_key, created_at = excluded.created_at,
    not_after = excluded.not_after, document = excluded.document";
const WRITE_USED: &str = "
INSERT INTO used (id, document) SELECT * FROM unnest($1::uuid[], $2::json[])
ON CONFLICT (id) DO UPDATE SET document = excluded.document";

/// The list, as far as it is held.
#[derive(Default)]
pub(crate) struct CertificateList {
    certificates: Rows<Row>,
    used: Rows<Used>,
}

/// The certificate that a cluster uses.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Used {
    certificate_id: CertificateId,
}

#[async_trait]
impl Fold for CertificateList {
    async fn load(
        &mut self,
        connection: &mut PgConnection,
        events: &[Decoded],
    ) -> Result<(), Error> {
        let clusters: Vec<Uuid> =
            events.iter().flat_map(spoken_of).map(|cluster| cluster.0).collect();
        self.used.load(connection, LOAD_USED, clusters.iter().copied()).await?;
        let used = clusters.iter().filter_map(|cluster| self.used.find(*cluster));
        let known = used.map(|used| used.certificate_id.0);
        let named = events.iter().filter_map(named).map(|id| id.0);
        let ids: Vec<Uuid> = known.chain(named).collect();
        self.certificates.load(connection, LOAD, ids.into_iter()).await
    }

    fn apply(&mut self, recorded: &Decoded) -> Result<(), Error> {
        match &recorded.event {
            Event::Certificate(event) => self.apply_certificate(recorded, event),
            Event::Provider(event) => {
                self.apply_provider(ProviderId(recorded.stream.id), event);
                Ok(())
            }
            Event::Access(_)
            | Event::Cluster(_)
            | Event::Image(_)
            | Event::Node(_)
            | Event::NodeObservation(_)
            | Event::Organization(_)
            | Event::Profile(_)
            | Event::Secret(_)
            | Event::SecretObservation(_)
            | Event::Workload(_)
            | Event::WorkloadObservation(_) => Ok(()),
        }
    }

    async fn write(&mut self, connection: &mut PgConnection) -> Result<(), Error> {
        self.certificates
            .delete_removed(connection, "DELETE FROM certificate WHERE id = ANY($1)")
            .await?;
        self.used.delete_removed(connection, "DELETE FROM used WHERE id = ANY($1)").await?;
        let rows = self.certificates.changed();
        if !rows.is_empty() {
            let each = || rows.iter().map(|(_, row)| *row);
            let documents: Result<Vec<_>, _> = each().map(serde_json::to_string).collect();
            sqlx::query(WRITE)
                .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
                .bind(each().map(|row| rows::key(&row.name)).collect::<Vec<_>>())
                .bind(each().map(|row| row.created_at.moment()).collect::<Vec<_>>())
                .bind(each().map(|row| row.not_after.moment()).collect::<Vec<_>>())
                .bind(documents?)
                .execute(&mut *connection)
                .await?;
        }
        let used = self.used.changed();
        if !used.is_empty() {
            let documents: Result<Vec<_>, _> =
                used.iter().map(|(_, used)| serde_json::to_string(used)).collect();
            sqlx::query(WRITE_USED)
                .bind(used.iter().map(|(id, _)| *id).collect::<Vec<_>>())
                .bind(documents?)
                .execute(connection)
                .await?;
        }
        self.certificates.written();
        self.used.written();
        Ok(())
    }

    fn shown(&self, id: Uuid) -> Option<Shown> {
        self.certificates.find(id).cloned().map(Shown::Certificate)
    }

    fn held(&self) -> usize {
        self.certificates.len() + self.used.len()
    }
}

/// The clusters that an event speaks of, as far as it may change what they use.
fn spoken_of(recorded: &Decoded) -> Vec<ClusterId> {
    use provider::Event as E;
    let Event::Provider(event) = &recorded.event else { return vec![] };
    match event {
        E::ClusterAdded(event) => vec![event.cluster.id],
        E::ClusterEndpointChanged(event) => vec![event.cluster_id],
        E::ClusterRemoved(event) => vec![event.cluster_id],
        E::Removed(event) => event.cluster_ids.clone(),
        E::Created(_)
        | E::Enabled(_)
        | E::Disabled(_)
        | E::DetailsChanged(_)
        | E::VisibilityChanged(_)
        | E::DeploymentModeChanged(_)
        | E::FailoverPolicyChanged(_)
        | E::ClusterRanked(_)
        | E::RegistryCredentialSet(_)
        | E::RegistryCredentialRemoved(_) => vec![],
    }
}

/// The certificate that an event is about, or makes a cluster use.
fn named(recorded: &Decoded) -> Option<CertificateId> {
    match &recorded.event {
        Event::Certificate(_) => Some(CertificateId(recorded.stream.id)),
        Event::Provider(event) => begun(event).and_then(|(_, certificate)| certificate),
        Event::Access(_)
        | Event::Cluster(_)
        | Event::Image(_)
        | Event::Node(_)
        | Event::NodeObservation(_)
        | Event::Organization(_)
        | Event::Profile(_)
        | Event::Secret(_)
        | Event::SecretObservation(_)
        | Event::Workload(_)
        | Event::WorkloadObservation(_) => None,
    }
}

/// The cluster whose certificate an event sets, and which one.
fn begun(event: &provider::Event) -> Option<(ClusterId, Option<CertificateId>)> {
    use provider::Event as E;
    match event {
        E::ClusterAdded(event) => Some((event.cluster.id, event.cluster.certificate_id)),
        E::ClusterEndpointChanged(event) => {
            event.certificate_id.as_ref().map(|change| (event.cluster_id, change.after))
        }
        E::ClusterRemoved(event) => Some((event.cluster_id, None)),
        E::Created(_)
        | E::RegistryCredentialSet(_)
        | E::RegistryCredentialRemoved(_)
        | E::Enabled(_)
        | E::Disabled(_)
        | E::DetailsChanged(_)
        | E::VisibilityChanged(_)
        | E::DeploymentModeChanged(_)
        | E::FailoverPolicyChanged(_)
        | E::Removed(_)
        | E::ClusterRanked(_) => None,
    }
}

impl CertificateList {
    fn apply_certificate(
        &mut self,
        recorded: &Decoded,
        event: &certificate::Event,
    ) -> Result<(), Error> {
        use certificate::Event as E;
        let id = recorded.stream.id;
        match event {
            E::Imported(imported) => {
                self.certificates.put(id, new(recorded, imported));
                return Ok(());
            }
            E::Removed(_) => {
                self.certificates.remove(id);
                return Ok(());
            }
            E::Expiring(_) | E::Replaced(_) => {}
        }
        let row = self.certificates.change(id)?;
        row.version = recorded.version;
        row.updated_at = recorded.recorded_at;
        match event {
            E::Expiring(expiring) => row.warned = Some(expiring.days_left),
            E::Replaced(replaced) => row.put(&replaced.material.after),
            E::Imported(_) | E::Removed(_) => {}
        }
        Ok(())
    }

    fn apply_provider(&mut self, provider_id: ProviderId, event: &provider::Event) {
        if let provider::Event::Removed(removed) = event {
            removed.cluster_ids.iter().for_each(|cluster| self.end(*cluster));
        }
        let Some((cluster_id, certificate)) = begun(event) else { return };
        self.end(cluster_id);
        let Some(certificate_id) = certificate else { return };
        self.used.put(cluster_id.0, Used { certificate_id });
        // One whose stream is parked shows nothing more, and no provider is parked for it.
        if let Ok(row) = self.certificates.change(certificate_id.0) {
            row.used_by.push(Use { provider_id, cluster_id });
            row.used_by.sort();
            row.used_by.dedup();
        }
    }

    /// The cluster uses no certificate.
    fn end(&mut self, cluster: ClusterId) {
        let Some(used) = self.used.find(cluster.0).copied() else { return };
        self.used.remove(cluster.0);
        if let Ok(row) = self.certificates.change(used.certificate_id.0) {
            row.used_by.retain(|used| used.cluster_id != cluster);
        }
    }
}

fn new(recorded: &Decoded, imported: &certificate::import::Imported) -> Row {
    let mut row = Row {
        id: CertificateId(recorded.stream.id),
        version: recorded.version,
        name: imported.name.clone(),
        subject: String::new(),
        subject_alternative_names: vec![],
        issuer: String::new(),
        serial_number: String::new(),
        fingerprint: String::new(),
        not_before: imported.material.not_before,
        not_after: imported.material.not_after,
        warned: None,
        certificate: String::new(),
        ca: None,
        used_by: vec![],
        created_at: recorded.recorded_at,
        updated_at: recorded.recorded_at,
        stale: false,
    };
    row.put(&imported.material);
    row
}
