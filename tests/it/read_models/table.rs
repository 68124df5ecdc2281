//! What every story about read models needs: runners, and the tables as text.

use super::script::{LIMIT, Script};
use domain::Position;
use projections::{Model, progress::Progress, runner, schema, wait};
use sqlx::{AssertSqlSafe, PgPool};
use std::{collections::BTreeMap, sync::Arc};
use tests::harness::Database;
use tokio::task::AbortHandle;

/// A process with runners: they end with it.
pub(super) struct Process {
    pub(super) pool: PgPool,
    pub(super) progress: Arc<Progress>,
    tasks: Vec<AbortHandle>,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Process {
    /// Starts a runner for each of these read models.
    pub(super) async fn start(database: &Database, script: &Script, models: &[Model]) -> Self {
        let (pool, progress) = (database.pool(), Arc::new(Progress::default()));
        schema::create_missing(&pool).await.unwrap();
        let start = |model: &Model| {
            let (pool, script, progress) = (pool.clone(), script.clone(), progress.clone());
            let model = *model;
            let run = async move { runner::run(&pool, &script, model, &progress).await };
            tokio::spawn(run).abort_handle()
        };
        let tasks = models.iter().map(start).collect();
        Self { pool, progress, tasks }
    }

    pub(super) fn stop(&self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }

    /// Until the read model has seen a position.
    pub(super) async fn reach(&self, model: Model, position: Position) {
        wait::wait_for(&self.pool, &self.progress, model, position, LIMIT).await.unwrap();
    }
}

/// The connection of the active runner, if there is one.
pub(super) async fn active(pool: &PgPool, model: Model) -> Option<i32> {
    sqlx::query_scalar(
        "SELECT pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE d.datname = current_database() AND locktype = 'advisory' AND objsubid = 2
        AND mode = 'ExclusiveLock' AND granted AND objid::bigint = $1",
    )
    .bind(i64::from(projections::runner::lock_of(model)))
    .fetch_optional(pool)
    .await
    .unwrap()
}

/// Cuts a connection.
pub(super) async fn cut(owner: &PgPool, connection: i32) {
    sqlx::query("SELECT pg_terminate_backend($1)").bind(connection).execute(owner).await.unwrap();
}

/// All rows of all tables of a read model, by table.
pub(super) async fn dump(pool: &PgPool, model: Model) -> BTreeMap<String, Vec<String>> {
    let schema = format!("rm_{model}");
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = $1")
            .bind(&schema)
            .fetch_all(pool)
            .await
            .unwrap();
    let mut all = BTreeMap::new();
    for table in tables {
        let select = format!("SELECT t::text FROM {schema}.{table} t ORDER BY t::text");
        let rows = sqlx::query_scalar(AssertSqlSafe(select)).fetch_all(pool).await.unwrap();
        all.insert(table, rows);
    }
    assert!(all.contains_key("checkpoint"), "{model} has no tables");
    all
}

/// Runs a script through one read model in a database of its own, and shows the tables.
pub(super) async fn replayed(script: &Script, model: Model) -> BTreeMap<String, Vec<String>> {
    let database = Database::create().await;
    let process = Process::start(&database, script, &[model]).await;
    process.reach(model, script.end()).await;
    dump(&process.pool, model).await
}
