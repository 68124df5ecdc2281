//! An event once it is in the log: as exact bytes (`Stored`) and as meaning (`Recorded`).

use crate::{
    ids::EventId,
    metadata::Metadata,
    stream::{Position, StreamId, Version},
    timestamp::Timestamp,
};

/// An event with everything the log knows about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded<E> {
    /// Its place in the log.
    pub position: Position,
    /// Its id.
    pub id: EventId,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Its place in the stream.
    pub version: Version,
    /// When it was recorded; never earlier than the event before it.
    pub recorded_at: Timestamp,
    /// Who and what caused it.
    pub metadata: Metadata,
    /// What happened.
    pub payload: E,
}

/// An event as its exact bytes: what is hashed, published and exported.
///
/// Nothing here is parsed, so an event that today's code cannot read still has its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its place in the log.
    pub position: Position,
    /// Its id.
    pub id: EventId,
    /// The stream, as text.
    pub stream: String,
    /// Its place in the stream.
    pub version: Version,
    /// The stored type: `NodeLabeled`.
    pub r#type: String,
    /// The version of the shape of `data`.
    pub schema_version: i16,
    /// Canonical JSON object (RFC 8785).
    pub data: String,
    /// Canonical JSON object (RFC 8785), a `Metadata`.
    pub metadata: String,
    /// Canonical JSON array of texts, sorted.
    pub tags: String,
    /// Microseconds, `Z`.
    pub recorded_at: Timestamp,
    /// RFC 9162 leaf: SHA-256(0x00 ‖ canonical JSON of the other ten fields).
    pub leaf_hash: [u8; 32],
}

/// An event as a replay needs it: what happened and when, without who, why and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// Its place in the log.
    pub position: Position,
    /// The stream, as text.
    pub stream: String,
    /// Its place in the stream.
    pub version: Version,
    /// The stored type: `NodeLabeled`.
    pub r#type: String,
    /// The version of the shape of `data`.
    pub schema_version: i16,
    /// JSON object.
    pub data: String,
    /// Microseconds, `Z`.
    pub recorded_at: Timestamp,
}

impl From<&Stored> for Happened {
    fn from(stored: &Stored) -> Self {
        Self {
            position: stored.position,
            stream: stored.stream.clone(),
            version: stored.version,
            r#type: stored.r#type.clone(),
            schema_version: stored.schema_version,
            data: stored.data.clone(),
            recorded_at: stored.recorded_at,
        }
    }
}
