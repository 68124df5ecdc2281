//! Which organization is associated with which provider: a table that three read models keep, each
//! for itself.

use domain::{
    ids::{OrganizationId, ProviderId},
    organization::Event,
};
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The table.
pub(crate) const TABLE: &str = "
CREATE TABLE association (
    organization_id uuid NOT NULL,
    provider_id uuid NOT NULL,
    PRIMARY KEY (provider_id, organization_id)
);
";

/// What was changed about associations since the last write; the last word on a pair counts.
#[derive(Default)]
pub(crate) struct Associations {
    pairs: BTreeMap<(ProviderId, OrganizationId), bool>,
}

impl Associations {
    /// Takes note of an event.
    pub(crate) fn apply(&mut self, organization: OrganizationId, event: &Event) {
        match event {
            Event::Registered(_) | Event::Renamed(_) => {}
            Event::Associated(event) => {
                self.pairs.insert((event.provider_id, organization), true);
            }
            Event::Dissociated(event) => {
                self.pairs.insert((event.provider_id, organization), false);
            }
        }
    }

    /// The organizations associated with a provider, where nothing was written yet.
    pub(crate) fn of(&self, provider: ProviderId) -> impl Iterator<Item = OrganizationId> {
        let pairs = self.pairs.range((provider, OrganizationId(Uuid::nil()))..);
        pairs
            .take_while(move |((of, _), _)| *of == provider)
            .filter(|(_, there)| **there)
            .map(|((_, organization), _)| *organization)
    }

    /// Writes what has changed.
    pub(crate) async fn write(&mut self, connection: &mut PgConnection) -> sqlx::Result<()> {
        if self.pairs.is_empty() {
            return Ok(());
        }
        let pairs = |wanted: bool| -> (Vec<Uuid>, Vec<Uuid>) {
            let pairs = self.pairs.iter().filter(|(_, there)| **there == wanted);
            pairs.map(|((provider, organization), _)| (provider.0, organization.0)).unzip()
        };
        let (providers, organizations) = pairs(false);
        sqlx::query(
            "DELETE FROM association a
            USING unnest($1::uuid[], $2::uuid[]) AS gone (provider_id, organization_id)
            WHERE a.provider_id = gone.provider_id AND a.organization_id = gone.organization_id",
        )
        .bind(providers)
        .bind(organizations)
        .execute(&mut *connection)
        .await?;
        let (providers, organizations) = pairs(true);
        sqlx::query(
            "INSERT INTO association (provider_id, organization_id)
            SELECT * FROM unnest($1::uuid[], $2::uuid[])
            ON CONFLICT DO NOTHING",
        )
        .bind(providers)
        .bind(organizations)
        .execute(connection)
        .await?;
        self.pairs.clear();
        Ok(())
    }
}
