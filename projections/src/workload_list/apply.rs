//! What an event means for the list of workloads.

use super::row::{Condition, Placement, Row, State};
use crate::{apply::Error, decoded::Decoded, fold::Fold, past::Shown, rows, rows::Rows};
use async_trait::async_trait;
use domain::{
    Event,
    ids::{ClusterId, WorkloadId},
    workload::{
        self, Epoch, place::Placed, relocate::Relocated, request::Requested, update::Updated,
    },
    workload_observation as observation,
};
use sqlx::PgConnection;
use uuid::Uuid;

const LOAD: &str = "SELECT id, document::text FROM workload WHERE id = ANY($1)";

const WRITE: &str = "
INSERT INTO workload (id, organization_id, provider_id, profile_id, cluster_id, name_key, state,
    created_at, document)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[],
    $7::text[], $8::timestamptz[], $9::json[])
ON CONFLICT (id) DO UPDATE SET
    organization_id = excluded.organization_id, provider_id = excluded.provider_id,
    profile_id = excluded.profile_id, cluster_id = excluded.cluster_id,
    name_key = excluded.name_key, state = excluded.state,
    created_at = excluded.created_at, document = excluded.document";

/// The list, as far as it is held.
#[derive(Default)]
pub(crate) struct WorkloadList {
    workloads: Rows<Row>,
}

#[async_trait]
impl Fold for WorkloadList {
    async fn load(
        &mut self,
        connection: &mut PgConnection,
        events: &[Decoded],
    ) -> Result<(), Error> {
        let ids = events.iter().map(|event| event.stream.id);
        self.workloads.load(connection, LOAD, ids).await
    }

    fn apply(&mut self, recorded: &Decoded) -> Result<(), Error> {
        match &recorded.event {
            Event::Workload(event) => self.apply_workload(recorded, event),
            Event::WorkloadObservation(event) => self.apply_observation(recorded, event),
            Event::Access(_)
            | Event::Certificate(_)
            | Event::Cluster(_)
            | Event::Image(_)
            | Event::Node(_)
            | Event::NodeObservation(_)
            | Event::Organization(_)
            | Event::Profile(_)
            | Event::Provider(_)
            | Event::Secret(_)
            | Event::SecretObservation(_) => Ok(()),
        }
    }

    async fn write(&mut self, connection: &mut PgConnection) -> Result<(), Error> {
        self.workloads
            .delete_removed(connection, "DELETE FROM workload WHERE id = ANY($1)")
            .await?;
        let rows = self.workloads.changed();
        if !rows.is_empty() {
            let each = || rows.iter().map(|(_, row)| *row);
            let documents: Result<Vec<_>, _> = each().map(serde_json::to_string).collect();
            let cluster = |row: &Row| row.placement.as_ref().map(|placed| placed.cluster_id.0);
            sqlx::query(WRITE)
                .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
                .bind(each().map(|row| row.organization_id.0).collect::<Vec<_>>())
                .bind(each().map(|row| row.provider_id.0).collect::<Vec<_>>())
                .bind(each().map(|row| row.profile_id.0).collect::<Vec<_>>())
                .bind(each().map(cluster).collect::<Vec<_>>())
                .bind(each().map(|row| rows::key(&row.name)).collect::<Vec<_>>())
                .bind(each().map(|row| row.state.as_str()).collect::<Vec<_>>())
                .bind(each().map(|row| row.created_at.moment()).collect::<Vec<_>>())
                .bind(documents?)
                .execute(connection)
                .await?;
        }
        self.workloads.written();
        Ok(())
    }

    fn shown(&self, id: Uuid) -> Option<Shown> {
        self.workloads.find(id).cloned().map(Shown::Workload)
    }

    fn held(&self) -> usize {
        self.workloads.len()
    }
}

impl WorkloadList {
    fn apply_workload(&mut self, recorded: &Decoded, event: &workload::Event) -> Result<(), Error> {
        use workload::Event as E;
        let id = recorded.stream.id;
        if let E::Requested(requested) = event {
            self.workloads.put(id, new(recorded, requested));
            return Ok(());
        }
        let row = self.workloads.change(id)?;
        row.version = recorded.version;
        row.updated_at = recorded.recorded_at;
        match event {
            E::Requested(_) => {}
            E::Placed(event) => place(row, placed(recorded, event)),
            E::Relocated(event) => place(row, relocated(recorded, event)),
            E::Scaled(event) => row.replicas = event.replicas.after,
            E::Stopped(_) => {
                row.stopped = true;
                row.condition = None;
            }
            E::Started(_) => row.stopped = false,
            E::Updated(event) => update(row, event),
            E::Removed(_) => {
                self.workloads.remove(id);
                return Ok(());
            }
        }
        row.state = state(row);
        Ok(())
    }

    fn apply_observation(
        &mut self,
        recorded: &Decoded,
        event: &observation::Event,
    ) -> Result<(), Error> {
        use observation::Event as E;
        let row = self.workloads.change(recorded.stream.id)?;
        row.updated_at = recorded.recorded_at;
        let at = recorded.recorded_at;
        match event {
            E::Applied(event) if is_here(row, event.cluster_id, event.epoch) => {
                row.applied_position = Some(event.through_position);
                if row.condition.as_ref().is_some_and(|now| now.state == State::Rejected) {
                    row.condition = None;
                }
            }
            E::Running(event) if is_here(row, event.cluster_id, event.epoch) => {
                let (state, running) = (State::Running, Some(event.replicas));
                row.condition = Some(Condition { state, running, reason: None, at });
            }
            E::Degraded(event) if is_here(row, event.cluster_id, event.epoch) => {
                let (state, running) = (State::Degraded, Some(event.running));
                let reason = Some(event.reason.clone());
                row.condition = Some(Condition { state, running, reason, at });
            }
            E::Rejected(event) if is_here(row, event.cluster_id, event.epoch) => {
                let (state, reason) = (State::Rejected, Some(event.reason.clone()));
                row.condition = Some(Condition { state, running: None, reason, at });
            }
            E::DriftRepaired(_) => row.repaired_at = Some(at),
            // Of a cluster that it has left: history, and nothing of how it is now.
            E::Applied(_) | E::Running(_) | E::Degraded(_) | E::Rejected(_) => {}
        }
        row.state = state(row);
        Ok(())
    }
}

fn new(recorded: &Decoded, requested: &Requested) -> Row {
    Row {
        id: WorkloadId(recorded.stream.id),
        version: recorded.version,
        organization_id: requested.organization_id,
        provider_id: requested.provider_id,
        profile_id: requested.profile_id,
        profile_version: requested.profile_version,
        image_id: requested.image_id,
        name: requested.name.clone(),
        replicas: requested.replicas,
        state: State::Requested,
        placement: None,
        stopped: false,
        applied_position: None,
        condition: None,
        repaired_at: None,
        created_at: recorded.recorded_at,
        updated_at: recorded.recorded_at,
        stale: false,
    }
}

/// How far a workload is: what is wanted of it, and what was seen of that.
fn state(row: &Row) -> State {
    match (&row.placement, &row.condition) {
        _ if row.stopped => State::Stopped,
        (None, _) => State::Requested,
        (Some(_), None) => State::Placed,
        (Some(_), Some(condition)) => condition.state,
    }
}

/// Whether this is the placement that it has now.
fn is_here(row: &Row, cluster: ClusterId, epoch: Epoch) -> bool {
    row.placement.as_ref().is_some_and(|now| now.cluster_id == cluster && now.epoch == epoch)
}

/// What was seen of the placement before it says nothing of this one.
fn place(row: &mut Row, placement: Placement) {
    row.placement = Some(placement);
    row.applied_position = None;
    row.condition = None;
}

fn placed(recorded: &Decoded, placed: &Placed) -> Placement {
    Placement {
        cluster_id: placed.cluster_id,
        epoch: placed.epoch,
        reason: placed.reason,
        candidates: placed.candidates.clone(),
        passed_over: placed.passed_over.clone(),
        draw: placed.draw,
        at: recorded.recorded_at,
    }
}

fn relocated(recorded: &Decoded, relocated: &Relocated) -> Placement {
    Placement {
        cluster_id: relocated.cluster_id,
        epoch: relocated.epoch,
        reason: relocated.reason,
        candidates: relocated.candidates.clone(),
        passed_over: relocated.passed_over.clone(),
        draw: relocated.draw,
        at: recorded.recorded_at,
    }
}

fn update(row: &mut Row, updated: &Updated) {
    row.profile_version = updated.profile_version.after;
    if let Some(image) = &updated.image_id {
        row.image_id = image.after;
    }
}
