//! Where to go on. Pure: what the broker shows, what is remembered and what the log says go in, a
//! place or an alarm comes out.
//!
//! **Invariants**
//! - The stream decides. What is remembered counts only where the stream holds nothing.
//! - Between the sequence of a message and the position of its event lies one offset. It changes
//!   only where the stream was made anew, or after foreign messages aged out of it.
//! - A place names an event of the log: the last one that was published. Where the log does not
//!   hold that very event, there is no place but an alarm.

use super::health::Alarm;
use domain::{Position, ids::EventId};

/// The last event that is in the stream, and the last sequence of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The event's position; `start` minus one when none was published.
    pub position: Position,
    /// The event's id, to be found again in the log; none at the start of the log.
    pub id: Option<EventId>,
    /// The stream's last sequence.
    pub sequence: u64,
}

impl Place {
    /// What lies between a position and its sequence.
    #[must_use]
    pub fn offset(&self) -> i64 {
        i64::try_from(self.sequence).unwrap_or(i64::MAX).saturating_sub(self.position.0)
    }

    /// The place after one more event.
    #[must_use]
    pub fn next(&self, id: EventId) -> Self {
        Self { position: Position(self.position.0 + 1), id: Some(id), sequence: self.sequence + 1 }
    }
}

/// What the broker shows of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When the stream was created: tells it from another one of the same name.
    pub created: String,
    /// The sequence of the last message there ever was.
    pub last_sequence: u64,
    /// What the stream ends with.
    pub end: End,
}

/// What a stream ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It holds nothing.
    Empty,
    /// An event of ours.
    Event {
        /// Its position, as the message says.
        position: Position,
        /// Its id, as the message says.
        id: EventId,
    },
    /// Messages that are not ours.
    Foreign {
        /// The first of them.
        sequence: u64,
        /// What stands before them.
        before: Before,
    },
}

/// What stands before a foreign message. The relay never publishes after one, so this is the last
/// event that was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// The stream begins with it.
    Nothing,
    /// An event of ours.
    Event(Position),
    /// It has aged out, or is too far away to look for.
    Unknown,
}

/// What is remembered of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// When that stream was created.
    pub created: String,
    /// What lies between a position and its sequence.
    pub offset: i64,
    /// The last event that was known to be published, at some time.
    pub position: Position,
    /// What stood before a foreign message, where one is in the stream.
    pub foreign: Option<Before>,
}

/// A place that the log has yet to confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The last event that seems to be published.
    pub position: Position,
    /// Its id, where the broker told it.
    pub claimed: Option<EventId>,
    /// The stream's last sequence.
    pub sequence: u64,
}

/// Where the relay seems to stand. `start` is the first event to be published to a new stream.
///
/// # Errors
/// The alarm to raise.
pub fn candidate(
    seen: &Seen,
    remembered: Option<&Remembered>,
    start: Position,
) -> Result<Candidate, Alarm> {
    let before_start = Position(start.0 - 1);
    let sequence = seen.last_sequence;
    let place = |position, claimed| Candidate { position, claimed, sequence };
    let unknown = Alarm::PlaceUnknown { last_sequence: sequence };
    match seen.end {
        End::Event { position, id } => Ok(place(position, Some(id))),
        End::Foreign { sequence, before: _ } => Err(Alarm::Foreign { sequence }),
        // Nothing was ever in it: it is new, was wiped, or was restored to before its first event.
        End::Empty if sequence == 0 => Ok(place(before_start, None)),
        End::Empty => {
            let same = remembered.filter(|memory| memory.created == seen.created);
            let memory = same.ok_or_else(|| unknown.clone())?;
            match memory.foreign {
                None => {
                    let position = i64::try_from(sequence).unwrap_or(i64::MAX) - memory.offset;
                    let possible = position >= before_start.0.min(0);
                    if possible { Ok(place(Position(position), None)) } else { Err(unknown) }
                }
                // The foreign messages aged out with the rest; the offset is another one now.
                Some(Before::Nothing) => Ok(place(before_start, None)),
                Some(Before::Event(position)) => Ok(place(position, None)),
                Some(Before::Unknown) => Err(unknown),
            }
        }
    }
}

/// Asks the log whether it holds what the broker holds. `at` is the id of the log's event at the
/// candidate's position, where there is one.
///
/// # Errors
/// The alarm to raise.
pub fn confirm(candidate: &Candidate, at: Option<EventId>, head: Position) -> Result<Place, Alarm> {
    let Candidate { position, claimed, sequence } = *candidate;
    if position > head {
        return Err(Alarm::AheadOfLog { published: position, head });
    }
    match (claimed, at) {
        (Some(claimed), Some(at)) if claimed != at => Err(Alarm::Diverged { position }),
        (_, None) if position > Position::START => Err(Alarm::Hole { missing: position }),
        (_, id) => Ok(Place { position, id, sequence }),
    }
}

/// What to remember of a stream before an alarm about a foreign message is raised: once everything
/// has aged out, this is all that is left to go on from.
#[must_use]
pub fn to_remember(
    seen: &Seen,
    remembered: Option<&Remembered>,
    before: Before,
) -> Option<Remembered> {
    let same = remembered.filter(|memory| memory.created == seen.created);
    // What was found while the stream still held more is never overwritten by knowing less.
    if same.is_some_and(|memory| memory.foreign.is_some()) && before == Before::Unknown {
        return None;
    }
    let new = Remembered {
        created: seen.created.clone(),
        offset: same.map_or(0, |memory| memory.offset),
        position: same.map_or(Position::START, |memory| memory.position),
        foreign: Some(before),
    };
    (same != Some(&new)).then_some(new)
}

#[cfg(test)]
mod tests;
