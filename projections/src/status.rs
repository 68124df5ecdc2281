//! How the read models are, for `/readyz` and `/metrics`.

use crate::{
    Model,
    progress::{Here, Progress},
    runner,
    schema::{self, LOCKS, Place},
};
use domain::Position;
use sqlx::{AssertSqlSafe, PgPool};

/// Who keeps a read model up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Active {
    /// The runner of this process.
    Here,
    /// The runner of another process.
    Elsewhere,
    /// Nobody, at this moment.
    Nowhere,
}

/// How one read model is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Which one.
    pub model: Model,
    /// How far it has come.
    pub position: Position,
    /// How many events the log has beyond that.
    pub lag: i64,
    /// How many events are parked.
    pub stuck: i64,
    /// Who keeps it up to date.
    pub active: Active,
    /// What the runner of this process does.
    pub here: Here,
}

/// How all read models are, with the log's last event at `head`.
///
/// # Errors
/// PostgreSQL failed.
pub async fn status(
    pool: &PgPool,
    progress: &Progress,
    head: Position,
) -> sqlx::Result<Vec<Status>> {
    let mut all = Vec::with_capacity(Model::ALL.len());
    for model in Model::ALL {
        let schema = schema::name(model, Place::Live);
        let select = format!(
            "SELECT c.position, (SELECT count(*) FROM {schema}.stuck_event),
                EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                    WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.granted
                    AND l.classid::bigint = $1 AND l.objid::bigint = $2 AND l.objsubid = 2)
            FROM {schema}.checkpoint c"
        );
        let (position, stuck, locked): (i64, i64, bool) = sqlx::query_as(AssertSqlSafe(select))
            .bind(i64::from(LOCKS))
            .bind(i64::from(runner::lock_of(model)))
            .fetch_one(pool)
            .await?;
        let here = progress.here(model);
        let active = match (here.active, locked) {
            (true, _) => Active::Here,
            (false, true) => Active::Elsewhere,
            (false, false) => Active::Nowhere,
        };
        let lag = (head.0 - position).max(0);
        all.push(Status { model, position: Position(position), lag, stuck, active, here });
    }
    Ok(all)
}
