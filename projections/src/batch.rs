//! A batch of events: rows, parked events and checkpoint move together or not at all.
//!
//! **Invariants**
//! - Events are taken in the order of the log and without holes, or not at all.
//! - The checkpoint is locked before anything is written, so that of two runners that both believe
//!   to be the one, the second finds it moved and writes nothing.
//! - What becomes of an event does not depend on the batch it came in.

use crate::{
    Model, alarm::Alarm, apply, decoded, decoded::Decoded, fold::Fold, rebuild, schema,
    schema::Checkpoint, stuck_events,
};
use domain::{Position, StreamId, recorded::Stored};
use sqlx::{Connection, PgConnection};
use std::{collections::HashSet, mem};
use tracing::warn;

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

impl Error {
    /// Whether the same events would fail again.
    pub(crate) fn is_poison(&self) -> bool {
        match self {
            Self::Apply(error) => error.is_poison(),
            Self::Alarm(_) | Self::Database(_) => false,
        }
    }
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
        // Not by a drop, which would keep the locks until the connection is used again.
        transaction.rollback().await?;
        return Ok(Moved::NotFrom(at));
    }
    let on = advance(&mut transaction, model, at, events).await?;
    transaction.commit().await?;
    Ok(Moved::On(on))
}

/// The same within a transaction that holds the checkpoint's lock.
///
/// Where PostgreSQL refuses the rows, halves until the poisoned event stands alone. A stack and not
/// a recursion: the part on top is the next in the log.
pub(crate) async fn advance(
    connection: &mut PgConnection,
    model: Model,
    from: Checkpoint,
    events: &[Stored],
) -> Result<Checkpoint, Error> {
    let (mut at, mut parts) = (from, vec![events]);
    while let Some(part) = parts.pop() {
        let mut savepoint = connection.begin().await?;
        let mut batch = Batch::new(model, at);
        let written = async {
            batch.take(&mut savepoint, part).await?;
            batch.write(&mut savepoint).await
        };
        let error = match written.await {
            Ok(on) => {
                savepoint.commit().await?;
                at = on;
                continue;
            }
            Err(error) if error.is_poison() => error,
            Err(error) => return Err(error),
        };
        savepoint.rollback().await?;
        if let [event] = part {
            let mut batch = Batch::new(model, at);
            batch.park(event, chain(&error));
            batch.at.position = event.position;
            at = batch.write(connection).await?;
        } else {
            let (first, second) = part.split_at(part.len() / 2);
            parts.extend([second, first]);
        }
    }
    Ok(at)
}

/// What is said of an event that could be fine, but must wait.
const BEHIND: &str = "an earlier event of the stream is parked";

/// Events that were taken in and are not written yet.
pub(crate) struct Batch {
    model: Model,
    at: Checkpoint,
    fold: Box<dyn Fold>,
    parked: HashSet<String>,
    to_park: Vec<(Stored, String)>,
}

impl Batch {
    /// Nothing taken in yet.
    pub(crate) fn new(model: Model, at: Checkpoint) -> Self {
        let (parked, to_park) = (HashSet::new(), Vec::new());
        Self { model, at, fold: model.fold(), parked, to_park }
    }

    /// How far events were taken in.
    pub(crate) fn position(&self) -> Position {
        self.at.position
    }

    /// How many rows are held in memory.
    pub(crate) fn held(&self) -> usize {
        self.fold.held()
    }

    /// Takes in the events that follow. Writes nothing.
    pub(crate) async fn take(
        &mut self,
        connection: &mut PgConnection,
        events: &[Stored],
    ) -> Result<(), Error> {
        let position = last_without_hole(self.at.position, events)?;
        if self.at.stuck {
            let streams: Vec<&str> = events.iter().map(|event| event.stream.as_str()).collect();
            self.parked.extend(stuck_events::parked(connection, &streams).await?);
        }
        let (mut decoded, mut order) = (Vec::with_capacity(events.len()), Vec::new());
        for stored in events {
            match self.decode(stored) {
                Ok(None) => {}
                Ok(Some(event)) => {
                    order.push((stored, Ok(decoded.len())));
                    decoded.push(event);
                }
                Err(error) => order.push((stored, Err(error))),
            }
        }
        self.fold.load(connection, &decoded).await?;
        // Parked in the order of the log: what came before a poisoned event was fine.
        for (stored, event) in order {
            let applied = match event {
                _ if self.parked.contains(&stored.stream) => Err(BEHIND.to_owned()),
                Ok(index) => self.fold.apply(&decoded[index]).map_err(|error| chain(&error)),
                Err(error) => Err(error),
            };
            if let Err(error) = applied {
                self.park(stored, error);
            }
        }
        self.at.position = position;
        Ok(())
    }

    /// Reads an event, if it means something to the read model.
    fn decode(&self, stored: &Stored) -> Result<Option<Decoded>, String> {
        match stored.stream.parse::<StreamId>() {
            Ok(stream) if !self.model.reads(stream.kind) => Ok(None),
            Ok(stream) => match decoded::decode(stored, stream) {
                Ok(event) => Ok(Some(event)),
                Err(error) => Err(error.to_string()),
            },
            Err(error) => Err(error.to_string()),
        }
    }

    fn park(&mut self, stored: &Stored, error: String) {
        if self.parked.insert(stored.stream.clone()) {
            let (model, position) = (self.model, stored.position);
            warn!(
                read_model.name = %model, event.position = %position, error,
                "parked stream {} in {model}; the cure is a rebuild", stored.stream
            );
        }
        self.to_park.push((stored.clone(), error));
    }

    /// Writes what was taken in, within a transaction; the rows stay held for what follows.
    pub(crate) async fn write(
        &mut self,
        connection: &mut PgConnection,
    ) -> Result<Checkpoint, Error> {
        self.fold.write(connection).await?;
        for (stored, error) in mem::take(&mut self.to_park) {
            stuck_events::park(connection, &stored, &error).await?;
        }
        sqlx::query("UPDATE checkpoint SET position = $1")
            .bind(self.at.position.0)
            .execute(connection)
            .await?;
        self.at.stuck |= !self.parked.is_empty();
        Ok(self.at)
    }
}

fn last_without_hole(from: Position, events: &[Stored]) -> Result<Position, Alarm> {
    events.iter().try_fold(from, |after, event| {
        let found = event.position;
        if found.0 == after.0 + 1 { Ok(found) } else { Err(Alarm::Hole { after, found }) }
    })
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
