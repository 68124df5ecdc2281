//! The PostgreSQL schemas of a read model: the one that is read, the one that is being filled, and
//! the one that was read until a moment ago.
//!
//! Made by the code that fills them, not by a migration: a read model is dropped and made again
//! whenever its definition changes, so there is never anything to migrate.

use crate::Model;
use domain::Position;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, raw_sql};

/// What the tables of a read model are.
pub(crate) struct Definition {
    /// Raised with every change of the tables, or of what an event means for them.
    pub version: i32,
    /// Made before the first event.
    pub tables: &'static [&'static str],
    /// Made after the last event of a rebuild, which is faster.
    pub indexes: &'static str,
}

/// The tables that every read model has.
const SHARED: &str = "
CREATE TABLE checkpoint (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    definition integer NOT NULL,
    position bigint NOT NULL
);
CREATE TABLE stuck_event (
    position bigint PRIMARY KEY,
    stream text NOT NULL,
    type text NOT NULL,
    error text NOT NULL,
    tags text[] NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX ON stuck_event (stream);
CREATE INDEX ON stuck_event USING gin (tags);
";

/// Which of the schemas of a read model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The one that is read.
    Live,
    /// The one that a rebuild fills.
    Next,
    /// The one that was read before the last swap.
    Old,
}

/// The name of a schema.
pub(crate) fn name(model: Model, place: Place) -> String {
    match place {
        Place::Live => format!("rm_{model}"),
        Place::Next => format!("rm_{model}_next"),
        Place::Old => format!("rm_{model}_old"),
    }
}

/// Where a read model stands, and by which definition it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    pub definition: i32,
    pub position: Position,
    /// Whether any event is parked.
    pub stuck: bool,
}

/// Makes the schemas of those read models that have none, so that a query finds its tables.
///
/// # Errors
/// PostgreSQL failed, or the role may not create a schema.
pub async fn create_missing(pool: &PgPool) -> sqlx::Result<()> {
    let mut connection = pool.acquire().await?;
    for model in Model::ALL {
        let mut transaction = connection.begin().await?;
        // Two processes that start at once would both find it missing.
        sqlx::query("SELECT pg_advisory_xact_lock($1, $2)")
            .bind(LOCKS)
            .bind(CREATING)
            .execute(&mut *transaction)
            .await?;
        if !exists(&mut transaction, model, Place::Live).await? {
            create(&mut transaction, model, Place::Live).await?;
            raw_sql(model.definition().indexes).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}

/// The class of the advisory locks of this crate: "berm".
pub(crate) const LOCKS: i32 = 0x6265_726d;
const CREATING: i32 = 0;

/// Whether the schema is there.
async fn exists(connection: &mut PgConnection, model: Model, place: Place) -> sqlx::Result<bool> {
    sqlx::query_scalar("SELECT to_regnamespace($1) IS NOT NULL")
        .bind(name(model, place))
        .fetch_one(connection)
        .await
}

/// Makes a schema and its tables, without indexes, and leaves it in the search path of the
/// transaction. Must run in one.
pub(crate) async fn create(
    connection: &mut PgConnection,
    model: Model,
    place: Place,
) -> sqlx::Result<()> {
    let (schema, definition) = (name(model, place), model.definition());
    let make = format!(
        "CREATE SCHEMA {schema}; SET LOCAL search_path TO {schema}; {SHARED} {} \
        INSERT INTO checkpoint (definition, position) VALUES ({}, 0)",
        definition.tables.concat(),
        definition.version
    );
    raw_sql(AssertSqlSafe(make)).execute(connection).await?;
    Ok(())
}

/// Drops a schema, if it is there.
pub(crate) async fn drop(
    connection: &mut PgConnection,
    model: Model,
    place: Place,
) -> sqlx::Result<()> {
    let drop = format!("DROP SCHEMA IF EXISTS {} CASCADE", name(model, place));
    raw_sql(AssertSqlSafe(drop)).execute(connection).await?;
    Ok(())
}

/// Makes this schema the one that unqualified names of the session mean.
pub(crate) async fn enter(
    connection: &mut PgConnection,
    model: Model,
    place: Place,
) -> sqlx::Result<()> {
    let enter = format!("SET search_path TO {}", name(model, place));
    raw_sql(AssertSqlSafe(enter)).execute(connection).await?;
    Ok(())
}

/// The checkpoint in the search path of the connection.
pub(crate) async fn checkpoint(connection: &mut PgConnection) -> sqlx::Result<Checkpoint> {
    const READ: &str = "SELECT definition, position, EXISTS (SELECT FROM stuck_event)
        FROM checkpoint";
    Ok(read(sqlx::query_as(READ).fetch_one(connection).await?))
}

/// The same, held until the end of the transaction: nobody else can move it meanwhile.
pub(crate) async fn lock_checkpoint(connection: &mut PgConnection) -> sqlx::Result<Checkpoint> {
    const LOCK: &str = "SELECT definition, position, EXISTS (SELECT FROM stuck_event)
        FROM checkpoint FOR UPDATE";
    Ok(read(sqlx::query_as(LOCK).fetch_one(connection).await?))
}

fn read((definition, position, stuck): (i32, i64, bool)) -> Checkpoint {
    Checkpoint { definition, position: Position(position), stuck }
}
