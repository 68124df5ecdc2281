//! The port of the log: load a stream, append to several at once, find an answer given before.

use async_trait::async_trait;
use domain::{
    Event, Position, StreamId, Version,
    claim::UniqueName,
    ids::{CommandId, EventId},
    metadata::Metadata,
    recorded::Recorded,
    stream::Kind,
    tag::Tag,
};
use std::collections::BTreeMap;

/// The log, as the write side sees it.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// All events of a stream after `version`, in order.
    async fn load(&self, stream: StreamId, version: Version)
    -> Result<Vec<Recorded<Event>>, Error>;

    /// All events of several streams, of each those after a version, in order and in one look. A
    /// stream without such events is not among them.
    async fn load_each(
        &self,
        streams: &[(StreamId, Version)],
    ) -> Result<BTreeMap<StreamId, Vec<Recorded<Event>>>, Error>;

    /// Who refers to a stream, in the order of their names, at most `limit`.
    async fn referrers(&self, to: StreamId, limit: u16) -> Result<Vec<StreamId>, Error>;

    /// All or nothing. An outcome other than `Stored` and `Repeated` left no trace.
    async fn append(&self, append: Append) -> Result<Outcome, Error>;

    /// The answer to a command that was accepted before, however long ago.
    async fn answered(&self, command: CommandId) -> Result<Option<Answered>, Error>;

    /// Which stream has each of these names, in their order. Not guarded: who takes one of them is
    /// judged under the lock.
    async fn holders(&self, names: &[UniqueName]) -> Result<Vec<Option<StreamId>>, Error>;

    /// Streams of a kind after `after`, in the order of their names, at most `limit`.
    async fn streams(
        &self,
        kind: Kind,
        after: Option<StreamId>,
        limit: u16,
    ) -> Result<Vec<StreamId>, Error>;

    /// Streams of a kind with an event that carries the tag, after `after`, in the order of their
    /// names, at most `limit`.
    async fn tagged_streams(
        &self,
        tag: &Tag,
        kind: Kind,
        after: Option<StreamId>,
        limit: u16,
    ) -> Result<Vec<StreamId>, Error>;
}

/// Why the log did not answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The queue of appends is full.
    #[error("too many commands are waiting; try again shortly")]
    Busy,
    /// The database is out of reach, or refused what it should not refuse.
    #[error("the log did not answer while trying to {tried}")]
    Unavailable {
        /// Bare verb phrase.
        tried: &'static str,
        /// What the database said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An event that this program cannot read.
    #[error("event {position} cannot be read")]
    Unreadable {
        /// Its place in the log.
        position: Position,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// HMAC-SHA256 over method, path and canonical body of a request.
pub type RequestDigest = [u8; 32];

/// Everything one command records, under one lock, in one transaction.
#[derive(Clone, Debug)]
pub struct Append {
    /// The command; also the key of idempotency. `metadata.command_id` is the same.
    pub metadata: Metadata,
    /// Digest of the request, for a command that may be repeated by a client.
    pub request: RequestDigest,
    /// Answered again to a repeat: a JSON object in canonical form.
    pub result: String,
    /// The stream whose version is answered.
    pub subject: StreamId,
    /// Versions the decision was made from: of the streams written, and of those only read.
    pub expected: Vec<(StreamId, Version)>,
    /// Who referred to a stream when the decision was made, all of them, in the order of their
    /// names. The append loses its race when they are others by now.
    pub referrers: Vec<(StreamId, Vec<StreamId>)>,
    /// The events, in order; those of one stream number on from its expected version.
    pub events: Vec<NewEvent>,
    /// Names given up, before names are taken.
    pub free: Vec<(StreamId, UniqueName)>,
    /// Names taken.
    pub take: Vec<(StreamId, UniqueName)>,
    /// References dropped: (from, to).
    pub unrefer: Vec<(StreamId, StreamId)>,
    /// References added: (from, to).
    pub refer: Vec<(StreamId, StreamId)>,
    /// Streams that end; refused while anything refers to them.
    pub end: Vec<StreamId>,
}

/// An event about to be recorded.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// `EventId::of` command and index.
    pub id: EventId,
    /// Its stream.
    pub stream: StreamId,
    /// Its place in the stream.
    pub version: Version,
    /// What happened.
    pub payload: Event,
    /// What it touched.
    pub tags: Vec<Tag>,
}

/// What became of an append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Recorded, durable.
    Stored(Answer),
    /// The same command was accepted before; this is its answer.
    Repeated(Answer),
    /// A stream has another version than expected, or others refer to it.
    LostRace {
        /// Which one.
        stream: StreamId,
        /// Its version under the lock.
        current: Version,
    },
    /// The command id was used for another request.
    KeyReused,
    /// A name belongs to another stream.
    NameTaken {
        /// The name.
        name: UniqueName,
        /// Who has it.
        by: StreamId,
    },
    /// A stream that was to end is referred to.
    Referred {
        /// The stream that was to end.
        stream: StreamId,
        /// Some of those that refer to it, at most `REFERRERS_SHOWN_MAX`.
        by: Vec<StreamId>,
    },
    /// A stream that was written or referred to has ended.
    Ended {
        /// Which one.
        stream: StreamId,
    },
}

/// How many referrers a refusal names.
pub const REFERRERS_SHOWN_MAX: usize = 100;

/// The answer to an accepted command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The JSON object given with the append.
    pub result: String,
    /// The version of the subject after it.
    pub version: Version,
    /// A read model at this position shows what the command did. A command without events
    /// answers the head of the log at its time.
    pub position: Position,
}

/// An accepted command, found again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Its answer.
    pub answer: Answer,
    /// The digest it was accepted with.
    pub request: RequestDigest,
}
