//! What an event means for the list of images.

use super::row::{Provider, Row};
use crate::{
    apply::Error,
    associations::Associations,
    decoded::Decoded,
    fold::Fold,
    past::Shown,
    provider_list::{self, row::State},
    rows,
    rows::Rows,
};
use async_trait::async_trait;
use domain::{
    Event,
    ids::{ImageId, OrganizationId},
    image, provider,
};
use sqlx::PgConnection;
use uuid::Uuid;

const LOAD: &str = "SELECT id, document::text FROM image WHERE id = ANY($1)";

const LOAD_PROVIDERS: &str = "SELECT id, document::text FROM provider WHERE id = ANY($1)";

const WRITE: &str = "
INSERT INTO image (id, provider_id, name_key, visibility, state, created_at, document)
SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::json[])
ON CONFLICT (id) DO UPDATE SET
    provider_id = excluded.provider_id, name_key = excluded.name_key,
    visibility = excluded.visibility, state = excluded.state, created_at = excluded.created_at,
    document = excluded.document";

const WRITE_PROVIDERS: &str = "
INSERT INTO provider (id, visibility, state, document)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::json[])
ON CONFLICT (id) DO UPDATE SET
    visibility = excluded.visibility, state = excluded.state, document = excluded.document";

/// The list, as far as it is held.
#[derive(Default)]
pub(crate) struct ImageList {
    images: Rows<Row>,
    providers: Rows<Provider>,
    associations: Associations,
}

#[async_trait]
impl Fold for ImageList {
    async fn load(
        &mut self,
        connection: &mut PgConnection,
        events: &[Decoded],
    ) -> Result<(), Error> {
        let of_image = |event: &&Decoded| matches!(event.event, Event::Image(_));
        let ids = events.iter().filter(of_image).map(|event| event.stream.id);
        self.images.load(connection, LOAD, ids).await?;
        let of_provider = |event: &&Decoded| matches!(event.event, Event::Provider(_));
        let ids = events.iter().filter(of_provider).map(|event| event.stream.id);
        self.providers.load(connection, LOAD_PROVIDERS, ids).await
    }

    fn apply(&mut self, recorded: &Decoded) -> Result<(), Error> {
        match &recorded.event {
            Event::Image(event) => self.apply_image(recorded, event),
            Event::Provider(event) => self.apply_provider(recorded.stream.id, event),
            Event::Organization(event) => {
                self.associations.apply(OrganizationId(recorded.stream.id), event);
                Ok(())
            }
            Event::Access(_)
            | Event::Certificate(_)
            | Event::Cluster(_)
            | Event::Node(_)
            | Event::NodeObservation(_)
            | Event::Profile(_)
            | Event::Secret(_)
            | Event::SecretObservation(_)
            | Event::Workload(_)
            | Event::WorkloadObservation(_) => Ok(()),
        }
    }

    async fn write(&mut self, connection: &mut PgConnection) -> Result<(), Error> {
        self.write_images(connection).await?;
        self.write_providers(connection).await?;
        Ok(self.associations.write(connection).await?)
    }

    fn shown(&self, id: Uuid) -> Option<Shown> {
        self.images.find(id).cloned().map(Shown::Image)
    }

    fn held(&self) -> usize {
        self.images.len() + self.providers.len()
    }
}

impl ImageList {
    fn apply_image(&mut self, recorded: &Decoded, event: &image::Event) -> Result<(), Error> {
        use image::Event as E;
        let id = recorded.stream.id;
        if let E::Declared(declared) = event {
            self.images.put(id, new(recorded, declared));
            return Ok(());
        }
        let row = self.images.change(id)?;
        row.version = recorded.version;
        row.updated_at = recorded.recorded_at;
        match event {
            E::Declared(_) => {}
            E::Enabled(_) => row.state = State::Enabled,
            E::Disabled(_) => row.state = State::Disabled,
            E::VisibilityChanged(changed) => row.visibility = changed.visibility.after,
            E::Withdrawn(_) => self.images.remove(id),
        }
        Ok(())
    }

    /// Takes over how a provider is offered; its other properties change no image.
    fn apply_provider(&mut self, id: Uuid, event: &provider::Event) -> Result<(), Error> {
        use provider::Event as E;
        match event {
            E::Created(created) => {
                let (visibility, state) = (created.visibility, State::Disabled);
                self.providers.put(id, Provider { visibility, state });
            }
            E::Enabled(_) => self.providers.change(id)?.state = State::Enabled,
            E::Disabled(_) => self.providers.change(id)?.state = State::Disabled,
            E::VisibilityChanged(changed) => {
                self.providers.change(id)?.visibility = changed.visibility.after;
            }
            E::Removed(_) => self.providers.remove(id),
            E::DetailsChanged(_)
            | E::DeploymentModeChanged(_)
            | E::FailoverPolicyChanged(_)
            | E::ClusterAdded(_)
            | E::ClusterEndpointChanged(_)
            | E::ClusterRanked(_)
            | E::ClusterRemoved(_)
            | E::RegistryCredentialSet(_)
            | E::RegistryCredentialRemoved(_) => {}
        }
        Ok(())
    }

    async fn write_images(&mut self, connection: &mut PgConnection) -> Result<(), Error> {
        self.images.delete_removed(connection, "DELETE FROM image WHERE id = ANY($1)").await?;
        let rows = self.images.changed();
        if !rows.is_empty() {
            let each = || rows.iter().map(|(_, row)| *row);
            let documents: Result<Vec<_>, _> = each().map(serde_json::to_string).collect();
            let words = each().map(|row| provider_list::visibility(row.visibility));
            sqlx::query(WRITE)
                .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
                .bind(each().map(|row| row.provider_id.0).collect::<Vec<_>>())
                .bind(each().map(|row| rows::name_key(row.reference.as_str())).collect::<Vec<_>>())
                .bind(words.collect::<Vec<_>>())
                .bind(each().map(|row| row.state.as_str()).collect::<Vec<_>>())
                .bind(each().map(|row| row.created_at.moment()).collect::<Vec<_>>())
                .bind(documents?)
                .execute(connection)
                .await?;
        }
        self.images.written();
        Ok(())
    }

    async fn write_providers(&mut self, connection: &mut PgConnection) -> Result<(), Error> {
        self.providers
            .delete_removed(connection, "DELETE FROM provider WHERE id = ANY($1)")
            .await?;
        let rows = self.providers.changed();
        if !rows.is_empty() {
            let each = || rows.iter().map(|(_, row)| *row);
            let documents: Result<Vec<_>, _> = each().map(serde_json::to_string).collect();
            let words = each().map(|row| provider_list::visibility(row.visibility));
            sqlx::query(WRITE_PROVIDERS)
                .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
                .bind(words.collect::<Vec<_>>())
                .bind(each().map(|row| row.state.as_str()).collect::<Vec<_>>())
                .bind(documents?)
                .execute(connection)
                .await?;
        }
        self.providers.written();
        Ok(())
    }
}

fn new(recorded: &Decoded, declared: &image::declare::Declared) -> Row {
    Row {
        id: ImageId(recorded.stream.id),
        version: recorded.version,
        provider_id: declared.provider_id,
        reference: declared.reference.clone(),
        visibility: declared.visibility,
        state: State::Disabled,
        created_at: recorded.recorded_at,
        updated_at: recorded.recorded_at,
        stale: false,
    }
}
