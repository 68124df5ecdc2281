//! What an event means for the list of profiles.

use super::row::Row;
use crate::{apply::Error, decoded::Decoded, fold::Fold, past::Shown, rows, rows::Rows};
use async_trait::async_trait;
use domain::{
    Event,
    ids::ProfileId,
    profile::{self, Definition, change::Changed},
    workload,
};
use sqlx::PgConnection;
use uuid::Uuid;

const LOAD: &str = "SELECT id, document::text FROM profile WHERE id = ANY($1)";

const WRITE: &str = "
INSERT INTO profile
    (id, organization_id, provider_id, image_id, name_key, created_at, document)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[],
    $6::timestamptz[], $7::json[])
ON CONFLICT (id) DO UPDATE SET
    organization_id = excluded.organization_id, provider_id = excluded.provider_id,
    image_id = excluded.image_id, name_key = excluded.name_key,
    created_at = excluded.created_at, document = excluded.document";

/// The list, as far as it is held.
#[derive(Default)]
pub(crate) struct ProfileList {
    profiles: Rows<Row>,
}

#[async_trait]
impl Fold for ProfileList {
    async fn load(
        &mut self,
        connection: &mut PgConnection,
        events: &[Decoded],
    ) -> Result<(), Error> {
        self.profiles.load(connection, LOAD, events.iter().filter_map(profile)).await
    }

    fn apply(&mut self, recorded: &Decoded) -> Result<(), Error> {
        match &recorded.event {
            Event::Profile(event) => self.apply_profile(recorded, event),
            Event::Workload(event) => self.apply_workload(event),
            Event::Access(_)
            | Event::Certificate(_)
            | Event::Cluster(_)
            | Event::Image(_)
            | Event::Node(_)
            | Event::NodeObservation(_)
            | Event::Organization(_)
            | Event::Provider(_)
            | Event::Secret(_)
            | Event::SecretObservation(_)
            | Event::WorkloadObservation(_) => Ok(()),
        }
    }

    async fn write(&mut self, connection: &mut PgConnection) -> Result<(), Error> {
        self.profiles.delete_removed(connection, "DELETE FROM profile WHERE id = ANY($1)").await?;
        let rows = self.profiles.changed();
        if !rows.is_empty() {
            let each = || rows.iter().map(|(_, row)| *row);
            let documents: Result<Vec<_>, _> = each().map(serde_json::to_string).collect();
            sqlx::query(WRITE)
                .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
                .bind(each().map(|row| row.organization_id.0).collect::<Vec<_>>())
                .bind(each().map(|row| row.provider_id.0).collect::<Vec<_>>())
                .bind(each().map(|row| row.image_id.0).collect::<Vec<_>>())
                .bind(each().map(|row| rows::key(&row.name)).collect::<Vec<_>>())
                .bind(each().map(|row| row.created_at.moment()).collect::<Vec<_>>())
                .bind(documents?)
                .execute(connection)
                .await?;
        }
        self.profiles.written();
        Ok(())
    }

    fn shown(&self, id: Uuid) -> Option<Shown> {
        self.profiles.find(id).cloned().map(Shown::Profile)
    }

    fn held(&self) -> usize {
        self.profiles.len()
    }
}

/// The profile whose row an event changes.
fn profile(recorded: &Decoded) -> Option<Uuid> {
    match &recorded.event {
        Event::Profile(_) => Some(recorded.stream.id),
        Event::Workload(workload::Event::Requested(event)) => Some(event.profile_id.0),
        Event::Workload(workload::Event::Removed(event)) => Some(event.profile_id.0),
        Event::Workload(_)
        | Event::Access(_)
        | Event::Certificate(_)
        | Event::Cluster(_)
        | Event::Image(_)
        | Event::Node(_)
        | Event::NodeObservation(_)
        | Event::Organization(_)
        | Event::Provider(_)
        | Event::Secret(_)
        | Event::SecretObservation(_)
        | Event::WorkloadObservation(_) => None,
    }
}

impl ProfileList {
    fn apply_profile(&mut self, recorded: &Decoded, event: &profile::Event) -> Result<(), Error> {
        use profile::Event as E;
        let id = recorded.stream.id;
        if let E::Defined(definition) = event {
            self.profiles.put(id, new(recorded, definition));
            return Ok(());
        }
        let row = self.profiles.change(id)?;
        row.version = recorded.version;
        row.updated_at = recorded.recorded_at;
        match event {
            E::Defined(_) => {}
            E::Changed(changed) => change(row, changed),
            E::Removed(_) => self.profiles.remove(id),
        }
        Ok(())
    }

    fn apply_workload(&mut self, event: &workload::Event) -> Result<(), Error> {
        use workload::Event as E;
        match event {
            E::Requested(event) => {
                self.profiles.change(event.profile_id.0)?.workload_count += 1;
            }
            E::Removed(event) => {
                let row = self.profiles.change(event.profile_id.0)?;
                row.workload_count = row.workload_count.saturating_sub(1);
            }
            E::Placed(_)
            | E::Relocated(_)
            | E::Scaled(_)
            | E::Stopped(_)
            | E::Started(_)
            | E::Updated(_) => {}
        }
        Ok(())
    }
}

fn new(recorded: &Decoded, definition: &Definition) -> Row {
    let definition = definition.clone();
    Row {
        id: ProfileId(recorded.stream.id),
        version: recorded.version,
        organization_id: definition.organization_id,
        provider_id: definition.provider_id,
        image_id: definition.image_id,
        name: definition.name,
        replicas: definition.replicas,
        command: definition.command,
        environment: definition.environment,
        secrets: definition.secrets,
        resources: definition.resources,
        constraints: definition.constraints,
        workload_count: 0,
        created_at: recorded.recorded_at,
        updated_at: recorded.recorded_at,
        stale: false,
    }
}

fn change(row: &mut Row, changed: &Changed) {
    fn take<T: Clone>(field: &mut T, change: Option<&domain::change::Change<T>>) {
        if let Some(change) = change {
            field.clone_from(&change.after);
        }
    }
    take(&mut row.command, changed.command.as_ref());
    take(&mut row.constraints, changed.constraints.as_ref());
    take(&mut row.environment, changed.environment.as_ref());
    take(&mut row.image_id, changed.image_id.as_ref());
    take(&mut row.name, changed.name.as_ref());
    take(&mut row.replicas, changed.replicas.as_ref());
    take(&mut row.resources, changed.resources.as_ref());
    take(&mut row.secrets, changed.secrets.as_ref());
}
