//! What an event means for the list of organizations.

use super::row::Row;
use crate::{apply::Error, decoded::Decoded, rows, rows::Rows};
use domain::{Event, ids::OrganizationId, organization};
use sqlx::PgConnection;

const LOAD: &str = "SELECT id, document::text FROM organization WHERE id = ANY($1)";

const WRITE: &str = "
INSERT INTO organization (id, name_key, created_at, document)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::json[])
ON CONFLICT (id) DO UPDATE SET
    name_key = excluded.name_key, created_at = excluded.created_at, document = excluded.document";

/// Applies a batch.
pub(crate) async fn apply(connection: &mut PgConnection, events: &[Decoded]) -> Result<(), Error> {
    let ids = events.iter().map(|event| event.stream.id).collect();
    let mut rows = Rows::load(connection, LOAD, ids).await?;
    for event in events {
        match &event.event {
            Event::Organization(organization) => fold(&mut rows, event, organization)?,
            Event::Node(_) | Event::NodeObservation(_) | Event::Provider(_) => {}
        }
    }
    write(connection, &rows).await
}

fn fold(
    rows: &mut Rows<Row>,
    recorded: &Decoded,
    event: &organization::Event,
) -> Result<(), Error> {
    use organization::Event as E;
    if let E::Registered(registered) = event {
        rows.put(recorded.stream.id, new(recorded, registered));
        return Ok(());
    }
    let row = rows.change(recorded.stream.id)?;
    row.version = recorded.version;
    row.updated_at = recorded.recorded_at;
    match event {
        E::Registered(_) => {}
        E::Associated(_) => row.provider_count += 1,
        E::Dissociated(_) => row.provider_count = row.provider_count.saturating_sub(1),
    }
    Ok(())
}

async fn write(connection: &mut PgConnection, rows: &Rows<Row>) -> Result<(), Error> {
    let rows = rows.changed();
    if rows.is_empty() {
        return Ok(());
    }
    let each = || rows.iter().map(|(_, row)| *row);
    let documents: Result<Vec<_>, _> = each().map(serde_json::to_string).collect();
    sqlx::query(WRITE)
        .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
        .bind(each().map(|row| rows::key(&row.name)).collect::<Vec<_>>())
        .bind(each().map(|row| row.created_at.moment()).collect::<Vec<_>>())
        .bind(documents?)
        .execute(connection)
        .await?;
    Ok(())
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
