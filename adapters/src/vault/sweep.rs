//! What leaves the vault: versions that no event names, and whole records that are shredded.

use super::Vault;
use domain::{ids::RecordId, kept::Kept};
use sqlx::PgPool;
use std::time::Duration;
use uuid::Uuid;

/// How long a command may take from its first try to its last, generously.
const UNRECORDED_FOR: Duration = Duration::from_secs(3600);
/// How many versions are looked at in one statement.
const PAGE: i64 = 1000;

impl Vault {
    /// Forgets what commands left that were never recorded. Answers how many versions went.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn sweep(&self) -> Result<u64, sqlx::Error> {
        self.sweep_older_than(UNRECORDED_FOR).await
    }

    /// The same, for a command that is taken for dead earlier or later.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn sweep_older_than(&self, age: Duration) -> Result<u64, sqlx::Error> {
        let mut gone = 0;
        loop {
            let settled = settle(&self.pool, age).await?;
            let left: Vec<(Uuid, i32)> = sqlx::query_as(
                "DELETE FROM vault.versions v USING ( \
                     SELECT record_id, version FROM vault.versions \
                     WHERE NOT is_settled \
                         AND created_at < clock_timestamp() - make_interval(secs => $1) \
                         AND NOT EXISTS (SELECT FROM log.events e WHERE e.id = event_id) \
                         AND NOT EXISTS ( \
                             SELECT FROM log.quiet_commands q WHERE q.id = command_id) \
                     ORDER BY created_at LIMIT $2 \
                 ) old WHERE v.record_id = old.record_id AND v.version = old.version \
                 RETURNING v.record_id, v.version",
            )
            .bind(age.as_secs_f64())
            .bind(PAGE)
            .fetch_all(&self.pool)
            .await?;
            gone += left.len() as u64;
            let records: Vec<Uuid> = left.iter().map(|(record, _)| *record).collect();
            drop_empty(&self.pool, &records).await?;
            if settled < PAGE && (left.len() as i64) < PAGE {
                return Ok(gone);
            }
        }
    }

    pub(super) async fn forget(&self, kept: &[Kept]) -> Result<(), sqlx::Error> {
        let records: Vec<Uuid> = kept.iter().map(|kept| kept.record_id.0).collect();
        let versions: Vec<i64> = kept.iter().map(|kept| i64::from(kept.version)).collect();
        sqlx::query(
            "DELETE FROM vault.versions v \
             USING unnest($1::uuid[], $2::bigint[]) k (record, version) \
             WHERE v.record_id = k.record AND v.version = k.version",
        )
        .bind(&records)
        .bind(&versions)
        .execute(&self.pool)
        .await?;
        drop_empty(&self.pool, &records).await
    }

    pub(super) async fn drop_keys(&self, records: &[RecordId]) -> Result<(), sqlx::Error> {
        let records: Vec<Uuid> = records.iter().map(|record| record.0).collect();
        let mut tx = self.pool.begin().await?;
        // The key first: a value that is put meanwhile waits for this and then finds no record.
        sqlx::query(
            "UPDATE vault.records SET master_key_id = NULL, wrapped_key = NULL, \
                 shredded_at = clock_timestamp() \
             WHERE id = ANY ($1) AND wrapped_key IS NOT NULL",
        )
        .bind(&records)
        .execute(&mut *tx)
        .await?;
        sqlx::query("DELETE FROM vault.versions WHERE record_id = ANY ($1)")
            .bind(&records)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }
}

/// Notes which versions belong to a command that was recorded.
async fn settle(pool: &PgPool, age: Duration) -> Result<i64, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE vault.versions v SET is_settled = true FROM ( \
             SELECT record_id, version FROM vault.versions \
             WHERE NOT is_settled \
                 AND created_at < clock_timestamp() - make_interval(secs => $1) \
                 AND (EXISTS (SELECT FROM log.events e WHERE e.id = event_id) \
                     OR EXISTS (SELECT FROM log.quiet_commands q WHERE q.id = command_id)) \
             ORDER BY created_at LIMIT $2 \
         ) old WHERE v.record_id = old.record_id AND v.version = old.version",
    )
    .bind(age.as_secs_f64())
    .bind(PAGE)
    .execute(pool)
    .await?;
    Ok(i64::try_from(done.rows_affected()).unwrap_or(i64::MAX))
}

/// Removes records that never had a version which counted. One that is being made has none that
/// anybody else sees, so its row is locked, and found to have one once that is recorded.
async fn drop_empty(pool: &PgPool, records: &[Uuid]) -> Result<(), sqlx::Error> {
    let mut tx = pool.begin().await?;
    sqlx::query("SELECT FROM vault.records WHERE id = ANY ($1) ORDER BY id FOR UPDATE")
        .bind(records)
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "DELETE FROM vault.records r WHERE r.id = ANY ($1) AND r.wrapped_key IS NOT NULL \
             AND NOT EXISTS (SELECT FROM vault.versions v WHERE v.record_id = r.id)",
    )
    .bind(records)
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}
