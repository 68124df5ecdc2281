//! What an event means for the list of secrets.

use super::row::{AdoptedFrom, Held, Rejected, Row};
use crate::{apply::Error, decoded::Decoded, fold::Fold, past::Shown, rows, rows::Rows};
use async_trait::async_trait;
use domain::{
    Event,
    ids::{ProviderId, SecretId},
    kept::Kept,
    secret::{self, SecretName},
    secret_observation as observation,
};
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

const LOAD: &str = "SELECT id, document::text FROM secret WHERE id = ANY($1)";

const WRITE: &str = "
INSERT INTO secret (id, provider_id, name_key, adopted_cluster, created_at, document)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[], $6::json[])
ON CONFLICT (id) DO UPDATE SET
    provider_id = excluded.provider_id, name_key = excluded.name_key,
    adopted_cluster = excluded.adopted_cluster, created_at = excluded.created_at,
    document = excluded.document";

/// The list, as far as it is held.
#[derive(Default)]
pub(crate) struct SecretList {
    secrets: Rows<Row>,
}

#[async_trait]
impl Fold for SecretList {
    async fn load(
        &mut self,
        connection: &mut PgConnection,
        events: &[Decoded],
    ) -> Result<(), Error> {
        let ids = events.iter().map(|event| event.stream.id);
        self.secrets.load(connection, LOAD, ids).await
    }

    fn apply(&mut self, recorded: &Decoded) -> Result<(), Error> {
        match &recorded.event {
            Event::Secret(event) => self.apply_secret(recorded, event),
            Event::SecretObservation(event) => self.apply_observation(recorded, event),
            Event::Access(_)
            | Event::Certificate(_)
            | Event::Cluster(_)
            | Event::Image(_)
            | Event::Node(_)
            | Event::NodeObservation(_)
            | Event::Organization(_)
            | Event::Profile(_)
            | Event::Provider(_)
            | Event::Workload(_)
            | Event::WorkloadObservation(_) => Ok(()),
        }
    }

    async fn write(&mut self, connection: &mut PgConnection) -> Result<(), Error> {
        self.secrets.delete_removed(connection, "DELETE FROM secret WHERE id = ANY($1)").await?;
        let rows = self.secrets.changed();
        if !rows.is_empty() {
            let each = || rows.iter().map(|(_, row)| *row);
            let adopted_cluster =
                |row: &Row| row.adopted_from.as_ref().map(|from| from.cluster_id.0);
            let documents: Result<Vec<_>, _> = each().map(serde_json::to_string).collect();
            sqlx::query(WRITE)
                .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
                .bind(each().map(|row| row.provider_id.0).collect::<Vec<_>>())
                .bind(each().map(|row| rows::name_key(row.name.as_str())).collect::<Vec<_>>())
                .bind(each().map(adopted_cluster).collect::<Vec<_>>())
                .bind(each().map(|row| row.created_at.moment()).collect::<Vec<_>>())
                .bind(documents?)
                .execute(connection)
                .await?;
        }
        self.secrets.written();
        Ok(())
    }

    fn shown(&self, id: Uuid) -> Option<Shown> {
        self.secrets.find(id).cloned().map(Shown::Secret)
    }

    fn held(&self) -> usize {
        self.secrets.len()
    }
}

impl SecretList {
    fn apply_secret(&mut self, recorded: &Decoded, event: &secret::Event) -> Result<(), Error> {
        use secret::Event as E;
        let id = recorded.stream.id;
        match event {
            E::Created(created) => {
                let (provider, name) = (created.provider_id, &created.name);
                self.secrets.put(id, new(recorded, provider, name, &created.value));
                return Ok(());
            }
            E::Adopted(adopted) => {
                let (provider, name) = (adopted.provider_id, &adopted.name);
                let (cluster_id, object) = (adopted.cluster_id, adopted.object.clone());
                let adopted_from = Some(AdoptedFrom { cluster_id, object });
                let row = new(recorded, provider, name, &adopted.value);
                self.secrets.put(id, Row { adopted_from, ..row });
                return Ok(());
            }
            E::Rotated(_) | E::Removed(_) => {}
        }
        let row = self.secrets.change(id)?;
        row.version = recorded.version;
        row.updated_at = recorded.recorded_at;
        match event {
            E::Created(_) | E::Adopted(_) => {}
            E::Rotated(rotated) => {
                row.value = rotated.value.after.clone();
                row.rotated_at = recorded.recorded_at;
            }
            E::Removed(_) => self.secrets.remove(id),
        }
        Ok(())
    }

    fn apply_observation(
        &mut self,
        recorded: &Decoded,
        event: &observation::Event,
    ) -> Result<(), Error> {
        use observation::Event as E;
        let at = recorded.recorded_at;
        let row = self.secrets.change(recorded.stream.id)?;
        row.updated_at = at;
        match event {
            E::Applied(event) => {
                let on = row.clusters.entry(event.cluster_id).or_default();
                let (version, objects) = (event.value_version, event.objects.clone());
                on.rejected.take_if(|rejected| rejected.version <= version);
                on.held = Some(Held { version, objects, at });
            }
            E::Rejected(event) => {
                row.clusters.entry(event.cluster_id).or_default().rejected = Some(Rejected {
                    version: event.value_version,
                    reason: event.reason.clone(),
                    workload_id: event.workload_id,
                    at,
                });
            }
            E::Restored(event) => {
                let on = row.clusters.entry(event.cluster_id).or_default();
                let (version, objects) = (event.value_version, event.objects.clone());
                on.rejected.take_if(|rejected| rejected.version <= version);
                on.held = Some(Held { version, objects, at });
                on.restored_at = Some(at);
            }
        }
        Ok(())
    }
}

fn new(recorded: &Decoded, provider_id: ProviderId, name: &SecretName, value: &Kept) -> Row {
    Row {
        id: SecretId(recorded.stream.id),
        version: recorded.version,
        provider_id,
        name: name.clone(),
        value: value.clone(),
        adopted_from: None,
        clusters: BTreeMap::new(),
        created_at: recorded.recorded_at,
        rotated_at: recorded.recorded_at,
        updated_at: recorded.recorded_at,
        stale: false,
    }
}
