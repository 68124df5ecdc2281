//! What no reader of the log may ever see.

use domain::Position;

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
