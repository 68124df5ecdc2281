//! What an event means for the list of providers.

use super::row::{LastTest, Row, State};
use crate::{
    apply::Error, associations::Associations, decoded::Decoded, fold::Fold, past::Shown, rows,
    rows::Rows,
};
use async_trait::async_trait;
use domain::{
    Event,
    cluster::{self, report_test::Tested},
    ids::{ClusterId, OrganizationId, ProviderId},
    provider,
};
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

const LOAD: &str = "SELECT id, document::text FROM provider WHERE id = ANY($1)";

const REMOVE: &str = "DELETE FROM provider WHERE id = ANY($1)";

const WRITE: &str = "
INSERT INTO provider (id, name_key, kind, visibility, state, deployment_mode, multi_cluster,
    search_key, created_at, document)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
    $7::boolean[], $8::text[], $9::timestamptz[], $10::json[])
ON CONFLICT (id) DO UPDATE SET
    name_key = excluded.name_key, kind = excluded.kind, visibility = excluded.visibility,
    state = excluded.state, deployment_mode = excluded.deployment_mode,
    multi_cluster = excluded.multi_cluster, search_key = excluded.search_key,
    created_at = excluded.created_at, document = excluded.document";

/// The list, as far as it is held.
#[derive(Default)]
pub(crate) struct ProviderList {
    providers: Rows<Row>,
    associations: Associations,
}

#[async_trait]
impl Fold for ProviderList {
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
            Event::Cluster(event) => self.apply_test(recorded, event),
            Event::Organization(event) => {
                self.associations.apply(OrganizationId(recorded.stream.id), event);
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
        Ok(self.associations.write(connection).await?)
    }

    fn shown(&self, id: Uuid) -> Option<Shown> {
        let _ = id;
        None
    }

    fn held(&self) -> usize {
        self.providers.len()
    }
}

impl ProviderList {
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
            E::Created(_)
            | E::Removed(_)
            | E::FailoverPolicyChanged(_)
            | E::ClusterEndpointChanged(_)
            | E::ClusterRanked(_)
            | E::RegistryCredentialSet(_)
            | E::RegistryCredentialRemoved(_) => {}
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
            E::DeploymentModeChanged(changed) => {
                row.deployment_mode = changed.deployment_mode.after
            }
            E::ClusterAdded(added) => {
                row.clusters.insert(added.cluster.id, added.cluster.name.clone());
            }
            E::ClusterRemoved(removed) => {
                row.clusters.remove(&removed.cluster_id);
                row.tests.remove(&removed.cluster_id);
            }
        }
        Ok(())
    }

    fn apply_test(&mut self, recorded: &Decoded, event: &cluster::Event) -> Result<(), Error> {
        let Some((provider, tested)) = tested(event) else { return Ok(()) };
        let cluster = ClusterId(recorded.stream.id);
        // It may have been removed meanwhile, or its whole provider.
        let known = self.providers.find(provider.0);
        if known.is_some_and(|row| row.clusters.contains_key(&cluster)) {
            let test = LastTest::of(tested, recorded.recorded_at);
            self.providers.change(provider.0)?.tests.insert(cluster, test);
        }
        Ok(())
    }

    async fn write_providers(&mut self, connection: &mut PgConnection) -> Result<(), Error> {
        let rows = self.providers.changed();
        if !rows.is_empty() {
            let each = || rows.iter().map(|(_, row)| *row);
            let documents: Result<Vec<_>, _> = each().map(serde_json::to_string).collect();
            sqlx::query(WRITE)
                .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
                .bind(each().map(|row| rows::key(&row.name)).collect::<Vec<_>>())
                .bind(each().map(|row| super::kind(row.kind)).collect::<Vec<_>>())
                .bind(each().map(|row| super::visibility(row.visibility)).collect::<Vec<_>>())
                .bind(each().map(|row| row.state.as_str()).collect::<Vec<_>>())
                .bind(
                    each()
                        .map(|row| super::deployment_mode(row.deployment_mode))
                        .collect::<Vec<_>>(),
                )
                .bind(each().map(Row::is_multi_cluster).collect::<Vec<_>>())
                .bind(each().map(Row::search_key).collect::<Vec<_>>())
                .bind(each().map(|row| row.created_at.moment()).collect::<Vec<_>>())
                .bind(documents?)
                .execute(&mut *connection)
                .await?;
        }
        self.providers.delete_removed(connection, REMOVE).await?;
        self.providers.written();
        Ok(())
    }
}

/// The provider that an event is about, where it is about one.
pub(crate) fn provider_of(recorded: &Decoded) -> Option<ProviderId> {
    match &recorded.event {
        Event::Provider(_) => Some(ProviderId(recorded.stream.id)),
        Event::Cluster(event) => of_cluster(event),
        Event::Access(_)
        | Event::Certificate(_)
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

fn of_cluster(event: &cluster::Event) -> Option<ProviderId> {
    match event {
        cluster::Event::Tested(event) => event.provider_id,
        cluster::Event::Identified(event) => Some(event.provider_id),
        cluster::Event::IdentityChanged(event) => Some(event.provider_id),
        cluster::Event::Rejected(event) => Some(event.provider_id),
        cluster::Event::TestRequested(_)
        | cluster::Event::StepTaken(_)
        | cluster::Event::TestExpired(_)
        | cluster::Event::Released(_) => None,
    }
}

/// The end of a test of a registered cluster.
fn tested(event: &cluster::Event) -> Option<(ProviderId, &Tested)> {
    match event {
        cluster::Event::Tested(tested) => Some((tested.provider_id?, tested)),
        cluster::Event::TestRequested(_)
        | cluster::Event::StepTaken(_)
        | cluster::Event::TestExpired(_)
        | cluster::Event::Identified(_)
        | cluster::Event::IdentityChanged(_)
        | cluster::Event::Rejected(_)
        | cluster::Event::Released(_) => None,
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
        clusters: BTreeMap::new(),
        tests: BTreeMap::new(),
        created_at: recorded.recorded_at,
        updated_at: recorded.recorded_at,
        stale: false,
    }
}
