//! What an event means for the list of nodes.

use super::{
    clusters::Clusters,
    drain,
    row::{OwnedLabel, Rejected, Row, WantedAvailability},
};
use crate::{apply::Error, decoded::Decoded, fold::Fold, past::Shown, rows, rows::Rows};
use async_trait::async_trait;
use domain::{
    Event, Version,
    availability::Availability,
    ids::{ClusterId, NodeId},
    node,
    node_observation::{self, Facts},
    provider,
};
use sqlx::PgConnection;
use uuid::Uuid;

const LOAD: &str = "SELECT id, document::text FROM node WHERE id = ANY($1)";

const WRITE: &str = "
INSERT INTO node
    (id, provider_id, cluster_id, name_key, state, availability, labels, created_at, document)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[],
    $7::jsonb[], $8::timestamptz[], $9::json[])
ON CONFLICT (id) DO UPDATE SET
    provider_id = excluded.provider_id, cluster_id = excluded.cluster_id,
    name_key = excluded.name_key, state = excluded.state, availability = excluded.availability,
    labels = excluded.labels, created_at = excluded.created_at, document = excluded.document";

/// The most rows of one statement: a rebuild writes many at once, and each is held twice meanwhile.
const STATEMENT_ROWS_MAX: usize = 5000;

/// The list, as far as it is held.
#[derive(Default)]
pub(crate) struct NodeList {
    nodes: Rows<Row>,
    clusters: Clusters,
}

#[async_trait]
impl Fold for NodeList {
    async fn load(
        &mut self,
        connection: &mut PgConnection,
        events: &[Decoded],
    ) -> Result<(), Error> {
        let of_node = |event: &&Decoded| !matches!(event.event, Event::Provider(_));
        let ids = events.iter().filter(of_node).map(|event| event.stream.id);
        self.nodes.load(connection, LOAD, ids).await?;
        Ok(self.clusters.load(connection, events).await?)
    }

    fn apply(&mut self, recorded: &Decoded) -> Result<(), Error> {
        let gone = place(recorded).is_some_and(|cluster| self.clusters.is_removed(cluster));
        match &recorded.event {
            Event::Provider(event) => {
                self.apply_provider(event);
                Ok(())
            }
            // What is said of a node after its cluster was removed shows nowhere.
            Event::Node(_) | Event::NodeObservation(_) if gone => Ok(()),
            Event::Node(event) => self.apply_intent(recorded, event),
            Event::NodeObservation(event) => self.apply_observation(recorded, event),
            Event::Access(_)
            | Event::Certificate(_)
            | Event::Cluster(_)
            | Event::Image(_)
            | Event::Organization(_)
            | Event::Profile(_)
            | Event::Secret(_)
            | Event::SecretObservation(_)
            | Event::Workload(_)
            | Event::WorkloadObservation(_) => Ok(()),
        }
    }

    async fn write(&mut self, connection: &mut PgConnection) -> Result<(), Error> {
        self.clusters.write(connection).await?;
        self.write_nodes(connection).await
    }

    fn shown(&self, id: Uuid) -> Option<Shown> {
        self.nodes.find(id).cloned().map(Shown::Node)
    }

    fn held(&self) -> usize {
        self.nodes.len()
    }
}

/// The cluster that an event speaks of.
pub(super) fn place(recorded: &Decoded) -> Option<ClusterId> {
    use {node::Event as N, node_observation::Event as O, provider::Event as P};
    match &recorded.event {
        Event::Node(event) => Some(match event {
            N::Labeled(event) => event.cluster_id,
            N::LabelRemoved(event) => event.cluster_id,
            N::AvailabilityChanged(event) => event.cluster_id,
            N::DrainStarted(event) => event.cluster_id,
            N::DrainCancelled(event) => event.cluster_id,
        }),
        Event::NodeObservation(event) => Some(match event {
            O::Discovered(event) => event.cluster_id,
            O::Observed(event) => event.cluster_id,
            O::Lost(event) => event.cluster_id,
            O::ChangeApplied(event) => event.cluster_id,
            O::ChangeRejected(event) => event.cluster_id,
            O::DriftRepaired(event) => event.cluster_id,
            O::DrainProgressed(event) => event.cluster_id,
            O::DrainCompleted(event) => event.cluster_id,
            O::DrainFailed(event) => event.cluster_id,
        }),
        Event::Provider(event) => match event {
            P::ClusterAdded(event) => Some(event.cluster.id),
            P::ClusterRemoved(event) => Some(event.cluster_id),
            P::Created(_)
            | P::Enabled(_)
            | P::Disabled(_)
            | P::DetailsChanged(_)
            | P::VisibilityChanged(_)
            | P::Removed(_)
            | P::DeploymentModeChanged(_)
            | P::FailoverPolicyChanged(_)
            | P::ClusterEndpointChanged(_)
            | P::ClusterRanked(_)
            | P::RegistryCredentialSet(_)
            | P::RegistryCredentialRemoved(_) => None,
        },
        Event::Access(_)
        | Event::Certificate(_)
        | Event::Cluster(_)
        | Event::Image(_)
        | Event::Organization(_)
        | Event::Profile(_)
        | Event::Secret(_)
        | Event::SecretObservation(_)
        | Event::Workload(_)
        | Event::WorkloadObservation(_) => None,
    }
}

impl NodeList {
    fn apply_provider(&mut self, event: &provider::Event) {
        use provider::Event as E;
        match event {
            E::ClusterAdded(added) => self.clusters.add(added.cluster.id),
            E::ClusterRemoved(removed) => self.remove_cluster(removed.cluster_id),
            E::Removed(removed) => {
                removed.cluster_ids.iter().for_each(|cluster| self.remove_cluster(*cluster));
            }
            E::Created(_)
            | E::Enabled(_)
            | E::Disabled(_)
            | E::DetailsChanged(_)
            | E::VisibilityChanged(_)
            | E::DeploymentModeChanged(_)
            | E::FailoverPolicyChanged(_)
            | E::ClusterEndpointChanged(_)
            | E::ClusterRanked(_)
            | E::RegistryCredentialSet(_)
            | E::RegistryCredentialRemoved(_) => {}
        }
    }

    fn remove_cluster(&mut self, id: ClusterId) {
        self.clusters.remove(id);
        self.nodes.forget(|node| node.cluster_id == id);
    }

    fn apply_intent(&mut self, recorded: &Decoded, event: &node::Event) -> Result<(), Error> {
        use node::Event as E;
        let row = self.nodes.change(recorded.stream.id)?;
        let since = recorded.version;
        row.version = since;
        row.updated_at = recorded.recorded_at;
        match event {
            E::Labeled(labeled) => {
                let value = Some(labeled.value.clone());
                let owned = OwnedLabel { value, since, applied: false };
                row.owned_labels.insert(labeled.key.clone(), owned);
            }
            E::LabelRemoved(removed) => {
                let owned = OwnedLabel { value: None, since, applied: false };
                row.owned_labels.insert(removed.key.clone(), owned);
            }
            E::AvailabilityChanged(changed) => {
                want(row, changed.availability, since);
                row.draining = None;
            }
            E::DrainStarted(started) => {
                want(row, Availability::Drain, since);
                row.draining = Some(drain::started(recorded, started));
            }
            E::DrainCancelled(cancelled) => {
                want(row, cancelled.availability, since);
                row.draining = None;
            }
        }
        Ok(())
    }

    fn apply_observation(
        &mut self,
        recorded: &Decoded,
        event: &node_observation::Event,
    ) -> Result<(), Error> {
        use node_observation::Event as E;
        let id = recorded.stream.id;
        if let E::Discovered(found) = event
            && self.nodes.find(id).is_none()
        {
            self.nodes.put(id, new(recorded, found));
            return Ok(());
        }
        let row = self.nodes.change(id)?;
        row.updated_at = recorded.recorded_at;
        match event {
            E::Discovered(found) => see(row, recorded, &found.facts),
            E::Observed(seen) => see(row, recorded, &seen.facts),
            E::Lost(_) => row.lost = true,
            E::ChangeApplied(applied) => {
                row.applied_version = applied.through_version;
                row.rejected = None;
                settle(row);
            }
            E::ChangeRejected(rejected) => {
                row.rejected = Some(Rejected {
                    version: rejected.through_version,
                    reason: rejected.reason.clone(),
                    at: recorded.recorded_at,
                });
            }
            E::DriftRepaired(_) => row.repaired_at = Some(recorded.recorded_at),
            E::DrainProgressed(event) => drain::progressed(row, event),
            E::DrainCompleted(event) => drain::completed(row, recorded, event),
            E::DrainFailed(event) => drain::failed(row, recorded, event),
        }
        Ok(())
    }

    async fn write_nodes(&mut self, connection: &mut PgConnection) -> Result<(), Error> {
        for rows in self.nodes.changed().chunks(STATEMENT_ROWS_MAX) {
            write(connection, rows).await?;
        }
        self.nodes.written();
        Ok(())
    }
}

fn want(row: &mut Row, availability: Availability, since: Version) {
    row.wanted_availability = Some(WantedAvailability { availability, since, applied: false });
}

async fn write(connection: &mut PgConnection, rows: &[(Uuid, &Row)]) -> Result<(), Error> {
    let each = || rows.iter().map(|(_, row)| *row);
    let documents: Result<Vec<_>, _> = each().map(serde_json::to_string).collect();
    let labels: Result<Vec<_>, _> = each().map(|row| serde_json::to_string(&row.labels)).collect();
    sqlx::query(WRITE)
        .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
        .bind(each().map(|row| row.provider_id.0).collect::<Vec<_>>())
        .bind(each().map(|row| row.cluster_id.0).collect::<Vec<_>>())
        .bind(each().map(|row| rows::name_key(&row.name)).collect::<Vec<_>>())
        .bind(each().map(|row| super::state(row.state)).collect::<Vec<_>>())
        .bind(each().map(|row| row.availability.as_str()).collect::<Vec<_>>())
        .bind(labels?)
        .bind(each().map(|row| row.created_at.moment()).collect::<Vec<_>>())
        .bind(documents?)
        .execute(connection)
        .await?;
    Ok(())
}

fn new(recorded: &Decoded, found: &node_observation::discover::Discovered) -> Row {
    let facts = found.facts.clone();
    Row {
        id: NodeId(recorded.stream.id),
        version: Version::NONE,
        cluster_id: found.cluster_id,
        provider_id: found.provider_id,
        native_id: facts.native_id,
        name: facts.name,
        address: facts.address,
        role: facts.role,
        leader: facts.leader,
        state: facts.state,
        reachability: facts.reachability,
        availability: facts.availability,
        wanted_availability: None,
        draining: None,
        labels: facts.labels,
        engine_labels: facts.engine_labels,
        owned_labels: std::collections::BTreeMap::new(),
        applied_version: Version::NONE,
        rejected: None,
        lost: false,
        created_at: recorded.recorded_at,
        observed_at: recorded.recorded_at,
        repaired_at: None,
        updated_at: recorded.recorded_at,
        stale: false,
    }
}

/// Takes over what the cluster shows; a node that is shown is not lost.
fn see(row: &mut Row, recorded: &Decoded, facts: &Facts) {
    let facts = facts.clone();
    row.native_id = facts.native_id;
    row.name = facts.name;
    row.address = facts.address;
    row.role = facts.role;
    row.leader = facts.leader;
    row.state = facts.state;
    row.reachability = facts.reachability;
    row.availability = facts.availability;
    row.labels = facts.labels;
    row.engine_labels = facts.engine_labels;
    row.lost = false;
    row.observed_at = recorded.recorded_at;
}

/// Marks what the cluster has taken over; a label that is gone from it is no longer Berth's.
fn settle(row: &mut Row) {
    let through = row.applied_version;
    row.owned_labels.retain(|_, owned| {
        owned.applied = owned.since <= through;
        owned.value.is_some() || !owned.applied
    });
    if let Some(wanted) = &mut row.wanted_availability {
        wanted.applied = wanted.since <= through;
    }
}
