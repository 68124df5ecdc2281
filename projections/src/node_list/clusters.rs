//! Which clusters are gone, as far as events speak of them.

use super::apply::place;
use crate::decoded::Decoded;
use domain::ids::ClusterId;
use sqlx::PgConnection;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The removed clusters among those that events spoke of.
#[derive(Default)]
pub(super) struct Clusters {
    asked: BTreeSet<ClusterId>,
    removed: BTreeSet<ClusterId>,
    removed_now: BTreeSet<ClusterId>,
    returned_now: BTreeSet<ClusterId>,
}

impl Clusters {
    /// Reads which of the clusters that the events speak of are gone.
    pub(super) async fn load(
        &mut self,
        connection: &mut PgConnection,
        events: &[Decoded],
    ) -> sqlx::Result<()> {
        let unknown = |id: &ClusterId| !self.asked.contains(id);
        let unknown: BTreeSet<_> = events.iter().filter_map(place).filter(unknown).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let removed: Vec<Uuid> =
            sqlx::query_scalar("SELECT id FROM removed_cluster WHERE id = ANY($1)")
                .bind(unknown.iter().map(|id| id.0).collect::<Vec<_>>())
                .fetch_all(connection)
                .await?;
        self.asked.extend(unknown);
        self.removed.extend(removed.into_iter().map(ClusterId));
        Ok(())
    }

    /// Whether the cluster is gone.
    pub(super) fn is_removed(&self, id: ClusterId) -> bool {
        self.removed.contains(&id)
    }

    /// The cluster is gone.
    pub(super) fn remove(&mut self, id: ClusterId) {
        self.removed.insert(id);
        self.removed_now.insert(id);
        self.returned_now.remove(&id);
    }

    /// The cluster is there, if it was gone before.
    pub(super) fn add(&mut self, id: ClusterId) {
        if self.removed.remove(&id) {
            self.returned_now.insert(id);
        }
    }

    /// Writes what has changed, and deletes the nodes of each cluster that was removed meanwhile.
    /// Nodes that came after a return are written after this.
    pub(super) async fn write(&mut self, connection: &mut PgConnection) -> sqlx::Result<()> {
        let removed: Vec<Uuid> = self.removed_now.iter().map(|id| id.0).collect();
        if !removed.is_empty() {
            sqlx::query("DELETE FROM node WHERE cluster_id = ANY($1)")
                .bind(removed.clone())
                .execute(&mut *connection)
                .await?;
            sqlx::query(
                "INSERT INTO removed_cluster SELECT * FROM unnest($1::uuid[])
                ON CONFLICT DO NOTHING",
            )
            .bind(removed)
            .execute(&mut *connection)
            .await?;
        }
        if !self.returned_now.is_empty() {
            sqlx::query("DELETE FROM removed_cluster WHERE id = ANY($1)")
                .bind(self.returned_now.iter().map(|id| id.0).collect::<Vec<_>>())
                .execute(connection)
                .await?;
        }
        self.removed_now.clear();
        self.returned_now.clear();
        Ok(())
    }
}
