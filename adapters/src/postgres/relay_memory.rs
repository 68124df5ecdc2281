//! What the relay remembers beside its stream. See [`crate::nats::memory`].

use crate::nats::{
    memory::Memory,
    place::{Before, Remembered},
};
use domain::Position;
use sqlx::{PgPool, Row};

/// `before_foreign` where the stream began with the foreign message.
const BEGAN_WITH_IT: i64 = 0;
/// `before_foreign` where nobody knows.
const UNKNOWN: i64 = -1;

/// Why it could not be reached.
#[derive(Debug, thiserror::Error)]
#[error("could not {0} in PostgreSQL where the relay stands")]
pub struct Error(&'static str, #[source] sqlx::Error);

/// The table `work.relay`.
#[derive(Clone, Debug)]
pub struct RelayMemory(pub PgPool);

impl Memory for RelayMemory {
    type Error = Error;

    async fn recall(&self, stream: &str) -> Result<Option<Remembered>, Error> {
        let row = sqlx::query(
            "SELECT created, sequence_offset, position, before_foreign FROM work.relay \
             WHERE stream = $1",
        )
        .bind(stream)
        .fetch_optional(&self.0)
        .await;
        let read = |row: sqlx::postgres::PgRow| {
            Ok(Remembered {
                created: row.try_get("created")?,
                offset: row.try_get("sequence_offset")?,
                position: Position(row.try_get("position")?),
                foreign: row.try_get::<Option<i64>, _>("before_foreign")?.map(from_number),
            })
        };
        row.and_then(|row| row.map(read).transpose()).map_err(|error| Error("look up", error))
    }

    async fn remember(&self, stream: &str, what: &Remembered) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO work.relay (stream, created, sequence_offset, position, before_foreign) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (stream) DO UPDATE SET \
             created = excluded.created, sequence_offset = excluded.sequence_offset, \
             position = excluded.position, before_foreign = excluded.before_foreign, \
             noted_at = excluded.noted_at",
        )
        .bind(stream)
        .bind(&what.created)
        .bind(what.offset)
        .bind(what.position.0)
        .bind(what.foreign.map(to_number))
        .execute(&self.0)
        .await
        .map_err(|error| Error("note", error))?;
        Ok(())
    }
}

fn from_number(number: i64) -> Before {
    match number {
        UNKNOWN => Before::Unknown,
        BEGAN_WITH_IT => Before::Nothing,
        position => Before::Event(Position(position)),
    }
}

fn to_number(before: Before) -> i64 {
    match before {
        Before::Unknown => UNKNOWN,
        Before::Nothing => BEGAN_WITH_IT,
        Before::Event(position) => position.0,
    }
}
