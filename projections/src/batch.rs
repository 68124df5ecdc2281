//! One batch of events: rows, parked events and checkpoint move together or not at all.
//!
//! **Invariants**
//! - Events are taken in the order of the log and without holes, or not at all.
//! - The checkpoint is locked before anything is written, so that of two runners that both believe
//!   to be the one, the second finds it moved and writes nothing.
//! - What becomes of an event does not depend on the batch it came in.

use crate::{
    Model, apply, decoded, decoded::Decoded, rebuild, schema, schema::Checkpoint, stuck_events,
};
use domain::{Position, StreamId, recorded::Stored};
use sqlx::{Connection, PgConnection};
use std::collections::HashSet;
use tracing::warn;

/// The log is not what it must be. Whoever reads it stops, and a person has to look.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Alarm {
    /// An event is missing or in the wrong place.
    #[error("position {found} came after {after} in the log: events are missing or out of order")]
    Hole {
        /// The position before.
        after: Position,
        /// The position that was found.
        found: Position,
    },
    /// The log lost its tail: it was restored from a backup, and the read model was not.
    #[error("the log ends at {head}, but was read up to {checkpoint} before")]
    LogTooShort {
        /// The last event.
        head: Position,
        /// How far it was read.
        checkpoint: Position,
    },
}

/// Why a batch was not applied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Alarm(#[from] Alarm),
    #[error("apply a batch of events")]
    Apply(#[from] apply::Error),
    #[error("write the checkpoint or the parked events")]
    Database(#[from] sqlx::Error),
}

/// What came of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    /// The checkpoint stands behind the last event of the batch.
    On(Checkpoint),
    /// The checkpoint was not where the batch starts; nothing was written. The read model was
    /// rebuilt meanwhile, or another runner is at it.
    NotFrom(Checkpoint),
}

/// Applies events to the schema that the connection has entered, in a transaction of its own.
pub(crate) async fn commit(
    connection: &mut PgConnection,
    model: Model,
    from: Checkpoint,
    events: &[Stored],
) -> Result<Moved, Error> {
    let mut transaction = connection.begin().await?;
    rebuild::pass_gate(&mut transaction, model).await?;
    let at = schema::lock_checkpoint(&mut transaction).await?;
    if (at.definition, at.position) != (from.definition, from.position) {
        return Ok(Moved::NotFrom(at));
    }
    let on = advance(&mut transaction, model, at, events).await?;
    transaction.commit().await?;
    Ok(Moved::On(on))
}

/// The same within a transaction that holds the checkpoint's lock.
pub(crate) async fn advance(
    connection: &mut PgConnection,
    model: Model,
    from: Checkpoint,
    events: &[Stored],
) -> Result<Checkpoint, Error> {
    let position = last_without_hole(from.position, events)?;
    let mut batch = Batch { model, events, first: from.position.0 + 1, parked: HashSet::new() };
    if from.stuck {
        let streams: Vec<&str> = events.iter().map(|event| event.stream.as_str()).collect();
        batch.parked = stuck_events::parked(connection, &streams).await?;
    }
    let decoded = batch.decode(connection).await?;
    batch.apply(connection, decoded).await?;
    sqlx::query("UPDATE checkpoint SET position = $1").bind(position.0).execute(connection).await?;
    Ok(Checkpoint { position, stuck: from.stuck || !batch.parked.is_empty(), ..from })
}

fn last_without_hole(from: Position, events: &[Stored]) -> Result<Position, Alarm> {
    events.iter().try_fold(from, |after, event| {
        let found = event.position;
        if found.0 == after.0 + 1 { Ok(found) } else { Err(Alarm::Hole { after, found }) }
    })
}

struct Batch<'a> {
    model: Model,
    events: &'a [Stored],
    first: i64,
    parked: HashSet<String>,
}

impl Batch<'_> {
    /// Reads the events that mean something to the read model, and parks those that cannot be read.
    async fn decode(&mut self, connection: &mut PgConnection) -> Result<Vec<Decoded>, Error> {
        let mut decoded = Vec::with_capacity(self.events.len());
        for stored in self.events {
            let stream = match stored.stream.parse::<StreamId>() {
                Ok(stream) if !self.model.reads(stream.kind) => continue,
                parsed => parsed,
            };
            if self.parked.contains(&stored.stream) {
                self.park(connection, stored, BEHIND).await?;
                continue;
            }
            match stream.map_err(|error| error.to_string()).and_then(|stream| {
                decoded::decode(stored, stream).map_err(|error| error.to_string())
            }) {
                Ok(event) => decoded.push(event),
                Err(error) => self.park(connection, stored, &error).await?,
            }
        }
        Ok(decoded)
    }

    /// Applies all, or halves until the poisoned event stands alone. A stack, not a recursion: the
    /// range on top is the next in the log.
    async fn apply(
        &mut self,
        connection: &mut PgConnection,
        decoded: Vec<Decoded>,
    ) -> Result<(), Error> {
        let mut ranges = vec![decoded];
        while let Some(mut range) = ranges.pop() {
            let mut behind = Vec::new();
            if !self.parked.is_empty() {
                range.retain(|event| {
                    let free = !self.parked.contains(&self.stored(event).stream);
                    if !free {
                        behind.push(event.position);
                    }
                    free
                });
            }
            for position in behind {
                self.park(connection, self.at(position), BEHIND).await?;
            }
            if range.is_empty() {
                continue;
            }
            let mut savepoint = connection.begin().await?;
            let error = match self.model.apply(&mut savepoint, &range).await {
                Ok(()) => {
                    savepoint.commit().await?;
                    continue;
                }
                Err(error) if error.is_poison() => error,
                Err(error) => return Err(error.into()),
            };
            savepoint.rollback().await?;
            if let [event] = range.as_slice() {
                self.park(connection, self.stored(event), &chain(&error)).await?;
            } else {
                let second = range.split_off(range.len() / 2);
                ranges.extend([second, range]);
            }
        }
        Ok(())
    }

    async fn park(
        &mut self,
        connection: &mut PgConnection,
        stored: &Stored,
        error: &str,
    ) -> Result<(), Error> {
        stuck_events::park(connection, stored, error).await?;
        if self.parked.insert(stored.stream.clone()) {
            let (model, position) = (self.model, stored.position);
            warn!(
                read_model.name = %model, event.position = %position, error,
                "parked stream {} in {model}; the cure is a rebuild", stored.stream
            );
        }
        Ok(())
    }
}

/// What is said of an event that could be fine, but must wait.
const BEHIND: &str = "an earlier event of the stream is parked";

impl<'a> Batch<'a> {
    fn stored(&self, event: &Decoded) -> &'a Stored {
        self.at(event.position)
    }

    /// The batch is dense, so that a position is a place in it.
    fn at(&self, position: Position) -> &'a Stored {
        let place = usize::try_from(position.0 - self.first).unwrap_or_default();
        &self.events[place]
    }
}

/// An error and what caused it, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Timestamp, Version, ids::EventId};
    use uuid::Uuid;

    fn at(position: i64) -> Stored {
        Stored {
            position: Position(position),
            id: EventId(Uuid::nil()),
            stream: String::new(),
            version: Version(1),
            r#type: String::new(),
            schema_version: 1,
            data: String::new(),
            metadata: String::new(),
            tags: String::new(),
            recorded_at: "2026-03-01T12:00:00.000000Z".parse::<Timestamp>().unwrap(),
            leaf_hash: [0; 32],
        }
    }

    #[test]
    fn events_in_order_move_the_position() {
        assert_eq!(last_without_hole(Position(6), &[at(7), at(8)]), Ok(Position(8)));
        assert_eq!(last_without_hole(Position(6), &[]), Ok(Position(6)));
    }

    #[test]
    fn a_hole_and_an_event_out_of_order_are_alarms() {
        let hole =
            |after, found| Err(Alarm::Hole { after: Position(after), found: Position(found) });
        assert_eq!(last_without_hole(Position(6), &[at(8)]), hole(6, 8));
        assert_eq!(last_without_hole(Position(6), &[at(7), at(7)]), hole(7, 7));
        assert_eq!(last_without_hole(Position(6), &[at(7), at(9)]), hole(7, 9));
    }
}
