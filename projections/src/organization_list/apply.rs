//! What an event means for the list of organizations.

use super::row::Row;
use crate::{apply::Error, decoded::Decoded, fold::Fold, past::Shown, rows, rows::Rows};
use async_trait::async_trait;
use domain::{Event, ids::OrganizationId, organization};
use sqlx::PgConnection;
use uuid::Uuid;

const LOAD: &str = "SELECT id, document::text FROM organization WHERE id = ANY($1)";

const WRITE: &str = "
INSERT INTO organization (id, name_key, created_at, document)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::json[])
ON CONFLICT (id) DO UPDATE SET
    name_key = excluded.name_key, created_at = excluded.created_at, document = excluded.document";

/// The list, as far as it is held.
#[derive(Default)]
pub(crate) struct OrganizationList {
    organizations: Rows<Row>,
}

#[async_trait]
impl Fold for OrganizationList {
    async fn load(
        &mut self,
        connection: &mut PgConnection,
        events: &[Decoded],
    ) -> Result<(), Error> {
        let ids = events.iter().map(|event| event.stream.id);
        self.organizations.load(connection, LOAD, ids).await
    }

    fn apply(&mut self, recorded: &Decoded) -> Result<(), Error> {
        match &recorded.event {
            Event::Organization(event) => self.apply_organization(recorded, event),
            Event::Access(_)
            | Event::Certificate(_)
            | Event::Cluster(_)
            | Event::Image(_)
            | Event::Node(_)
            | Event::NodeObservation(_)
            | Event::Profile(_)
            | Event::Provider(_)
            | Event::Secret(_)
            | Event::SecretObservation(_)
            | Event::Workload(_)
            | Event::WorkloadObservation(_) => Ok(()),
        }
    }

    async fn write(&mut self, connection: &mut PgConnection) -> Result<(), Error> {
        let rows = self.organizations.changed();
        if !rows.is_empty() {
            let each = || rows.iter().map(|(_, row)| *row);
            let documents: Result<Vec<_>, _> = each().map(serde_json::to_string).collect();
            sqlx::query(WRITE)
                .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
                .bind(each().map(|row| rows::key(&row.name)).collect::<Vec<_>>())
                .bind(each().map(|row| row.created_at.moment()).collect::<Vec<_>>())
                .bind(documents?)
                .execute(connection)
                .await?;
        }
        self.organizations.written();
        Ok(())
    }

    fn shown(&self, id: Uuid) -> Option<Shown> {
        self.organizations.find(id).cloned().map(Shown::Organization)
    }

    fn held(&self) -> usize {
        self.organizations.len()
    }
}

impl OrganizationList {
    fn apply_organization(
        &mut self,
        recorded: &Decoded,
        event: &organization::Event,
    ) -> Result<(), Error> {
        use organization::Event as E;
        let id = recorded.stream.id;
        if let E::Registered(registered) = event {
            self.organizations.put(id, new(recorded, registered));
            return Ok(());
        }
        let row = self.organizations.change(id)?;
        row.version = recorded.version;
        row.updated_at = recorded.recorded_at;
        match event {
            E::Registered(_) => {}
            E::Renamed(renamed) => row.name = renamed.name.after.clone(),
            E::Associated(_) => row.provider_count += 1,
            E::Dissociated(_) => row.provider_count = row.provider_count.saturating_sub(1),
        }
        Ok(())
    }
}

fn new(recorded: &Decoded, registered: &organization::register::Registered) -> Row {
    Row {
        id: OrganizationId(recorded.stream.id),
        version: recorded.version,
        name: registered.name.clone(),
        provider_count: 0,
        created_at: recorded.recorded_at,
        updated_at: recorded.recorded_at,
        stale: false,
    }
}
