//! What an event means for the profile of a provider.

use super::row::{Cluster, Organization, Row};
use crate::{
    apply::Error,
    associations::Associations,
    decoded::Decoded,
    fold::Fold,
    past::Shown,
    provider_list,
    provider_list::{
        apply::provider_of,
        row::{LastTest, State},
    },
    rows,
    rows::Rows,
};
use async_trait::async_trait;
use domain::{
    Event, cluster,
    ids::{OrganizationId, ProviderId},
    name::Name,
    organization,
    provider::{self, FailoverPolicy},
};
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

const LOAD: &str = "SELECT id, document::text FROM provider WHERE id = ANY($1)";

const REMOVE: &str = "DELETE FROM provider WHERE id = ANY($1)";

const WRITE: &str = "
INSERT INTO provider (id, visibility, document)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::json[])
ON CONFLICT (id) DO UPDATE SET visibility = excluded.visibility, document = excluded.document";

const WRITE_ORGANIZATIONS: &str = "
INSERT INTO organization (id, name, name_key)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])
ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key";

/// The profiles, as far as they are held.
#[derive(Default)]
pub(crate) struct ProviderProfile {
    providers: Rows<Row>,
    organizations: BTreeMap<OrganizationId, Name>,
    associations: Associations,
}

#[async_trait]
impl Fold for ProviderProfile {
    async fn load(
        &mut self,
        connection: &mut PgConnection,
        events: &[Decoded],
    ) -> Result<(), Error> {
        let ids = events.iter().filter_map(provider_of).map(|id| id.0);
        self.providers.load(connection, LOAD, ids).await
    }

    fn apply(&mut self, recorded: &Decoded) -> Result<(), Error> {
        match &recorded.event {
            Event::Provider(event) => self.apply_provider(recorded, event),
            Event::Cluster(event) => self.apply_cluster(recorded, event),
            Event::Organization(event) => {
                self.apply_organization(OrganizationId(recorded.stream.id), event);
                Ok(())
            }
            Event::Access(_)
            | Event::Certificate(_)
            | Event::Image(_)
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
        self.write_providers(connection).await?;
        self.write_organizations(connection).await?;
        Ok(self.associations.write(connection).await?)
    }

    fn shown(&self, id: Uuid) -> Option<Shown> {
        let mut row = self.providers.find(id)?.clone();
        let mut organizations: Vec<_> = self
            .associations
            .of(row.id)
            .filter_map(|id| Some((rows::key(self.organizations.get(&id)?), id)))
            .collect();
        organizations.sort();
        row.organization_count = i64::try_from(organizations.len()).unwrap_or(i64::MAX);
        let first = organizations.into_iter().take(Row::ORGANIZATIONS_MAX.into());
        row.organizations = first
            .filter_map(|(_, id)| {
                Some(Organization { id, name: self.organizations.get(&id)?.clone() })
            })
            .collect();
        Some(Shown::Provider(row))
    }

    fn held(&self) -> usize {
        self.providers.len() + self.organizations.len()
    }
}

impl ProviderProfile {
    fn apply_organization(&mut self, id: OrganizationId, event: &organization::Event) {
        use organization::Event as E;
        match event {
            E::Registered(registered) => {
                self.organizations.insert(id, registered.name.clone());
            }
            E::Renamed(renamed) => {
                self.organizations.insert(id, renamed.name.after.clone());
            }
            E::Associated(_) | E::Dissociated(_) => self.associations.apply(id, event),
        }
    }

    fn apply_provider(&mut self, recorded: &Decoded, event: &provider::Event) -> Result<(), Error> {
        use provider::Event as E;
        let id = recorded.stream.id;
        if let E::Created(created) = event {
            self.providers.put(id, new(recorded, created));
            return Ok(());
        }
        if let E::Removed(_) = event {
            self.providers.remove(id);
            return Ok(());
        }
        let row = self.providers.change(id)?;
        row.version = recorded.version;
        row.updated_at = recorded.recorded_at;
        match event {
            E::Created(_) | E::Removed(_) => {}
            E::Enabled(_) => row.state = State::Enabled,
            E::Disabled(_) => row.state = State::Disabled,
            E::DetailsChanged(changed) => {
                if let Some(name) = &changed.name {
                    row.name = name.after.clone();
                }
                if let Some(comments) = &changed.comments {
                    row.comments.clone_from(&comments.after);
                }
            }
            E::VisibilityChanged(changed) => row.visibility = changed.visibility.after,
            E::DeploymentModeChanged(changed) => row.set_mode(changed.deployment_mode.after),
            E::FailoverPolicyChanged(changed) => changed.apply(&mut row.failover_policy),
            E::ClusterAdded(added) => row.put_cluster(&added.cluster),
            E::ClusterEndpointChanged(changed) => row.change_endpoint(changed)?,
            E::ClusterRanked(ranked) => row.rank(ranked)?,
            E::ClusterRemoved(removed) => row.drop_cluster(removed.cluster_id),
            E::RegistryCredentialSet(set) => row.put_credential(set, recorded),
            E::RegistryCredentialRemoved(removed) => row.drop_credential(&removed.registry),
        }
        Ok(())
    }

    fn apply_cluster(&mut self, recorded: &Decoded, event: &cluster::Event) -> Result<(), Error> {
        let Some(provider) = provider_of(recorded) else { return Ok(()) };
        // It may have been removed meanwhile, or its whole provider.
        if self.providers.find(provider.0).is_none() {
            return Ok(());
        }
        let named = |cluster: &&mut Cluster| cluster.id.0 == recorded.stream.id;
        let clusters = &mut self.providers.change(provider.0)?.clusters;
        let Some(cluster) = clusters.iter_mut().find(named) else { return Ok(()) };
        match event {
            cluster::Event::Tested(tested) => {
                cluster.last_test = Some(LastTest::of(tested, recorded.recorded_at));
            }
            cluster::Event::Identified(identified) => cluster.meet(&identified.native_id),
            cluster::Event::IdentityChanged(changed) => cluster.meet(&changed.native_id.after),
            cluster::Event::Rejected(rejected) => {
                cluster.duplicate_of = Some(rejected.duplicate_of);
            }
            cluster::Event::TestRequested(_)
            | cluster::Event::StepTaken(_)
            | cluster::Event::TestExpired(_)
            | cluster::Event::Released(_) => {}
        }
        Ok(())
    }

    async fn write_providers(&mut self, connection: &mut PgConnection) -> Result<(), Error> {
        let rows = self.providers.changed();
        if !rows.is_empty() {
            let each = || rows.iter().map(|(_, row)| *row);
            let words = each().map(|row| provider_list::visibility(row.visibility));
            let documents: Result<Vec<_>, _> = each().map(serde_json::to_string).collect();
            sqlx::query(WRITE)
                .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
                .bind(words.collect::<Vec<_>>())
                .bind(documents?)
                .execute(&mut *connection)
                .await?;
        }
        self.providers.delete_removed(connection, REMOVE).await?;
        self.providers.written();
        Ok(())
    }

    async fn write_organizations(&mut self, connection: &mut PgConnection) -> Result<(), Error> {
        if !self.organizations.is_empty() {
            let names = || self.organizations.values();
            sqlx::query(WRITE_ORGANIZATIONS)
                .bind(self.organizations.keys().map(|id| id.0).collect::<Vec<_>>())
                .bind(names().map(Name::as_str).collect::<Vec<_>>())
                .bind(names().map(rows::key).collect::<Vec<_>>())
                .execute(connection)
                .await?;
        }
        self.organizations.clear();
        Ok(())
    }
}

fn new(recorded: &Decoded, created: &provider::create::Created) -> Row {
    Row {
        id: ProviderId(recorded.stream.id),
        version: recorded.version,
        name: created.name.clone(),
        kind: created.kind,
        visibility: created.visibility,
        deployment_mode: created.deployment_mode,
        state: State::Disabled,
        comments: created.comments.clone(),
        failover_policy: FailoverPolicy::default(),
        clusters: vec![],
        registries: vec![],
        organizations: vec![],
        organization_count: 0,
        created_at: recorded.recorded_at,
        updated_at: recorded.recorded_at,
        stale: false,
    }
}
