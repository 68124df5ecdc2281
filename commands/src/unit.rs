//! What one command has read and decided so far.
//!
//! **Invariants**
//! - Every stream that was loaded is guarded: the append fails when one of them moved meanwhile. So
//!   is the answer to who refers to a stream.
//! - Nothing is written here; `handle` appends what was staged, all or nothing.

use crate::{
    handle::{Error, Stop},
    ports::{event_log::NewEvent, vault},
    profile::pinned,
    refusal::Refusal,
    streams::{Read, Streams},
};
use domain::{
    Aggregate, StreamId, Version,
    claim::{Claim, UniqueName},
    event::Event,
    ids::{CommandId, EventId, ProfileId, RecordId},
    kept::Kept,
    profile::Definition,
    stream::Kind,
    tag::Tag,
};
use std::collections::BTreeMap;

/// The most referrers of one stream that a decision looks through.
pub const REFERRERS_MAX: u16 = 10_000;

/// One command at work.
pub struct Unit<'a> {
    all: &'a Streams,
    command: CommandId,
    kept: &'a [Kept],
    streams: BTreeMap<StreamId, Stream>,
    /// The versions of everything loaded, and of the subject even if nothing was decided on it.
    pub(crate) expected: BTreeMap<StreamId, Version>,
    /// Who referred to each stream that was asked about.
    pub(crate) referrers: BTreeMap<StreamId, Vec<StreamId>>,
    pub(crate) events: Vec<NewEvent>,
    pub(crate) free: Vec<(StreamId, UniqueName)>,
    pub(crate) take: Vec<(StreamId, UniqueName)>,
    pub(crate) unrefer: Vec<(StreamId, StreamId)>,
    pub(crate) refer: Vec<(StreamId, StreamId)>,
    pub(crate) end: Vec<StreamId>,
}

/// A stream as it was read, and what was decided on it.
#[derive(Default)]
struct Stream {
    read: Read,
    staged: Vec<Event>,
}

impl<'a> Unit<'a> {
    pub(crate) fn new(all: &'a Streams, command: CommandId, kept: &'a [Kept]) -> Self {
        Self {
            all,
            command,
            kept,
            streams: BTreeMap::new(),
            expected: BTreeMap::new(),
            referrers: BTreeMap::new(),
            events: vec![],
            free: vec![],
            take: vec![],
            unrefer: vec![],
            refer: vec![],
            end: vec![],
        }
    }

    /// The state of an aggregate, guarded: if it moves before the append, the command starts over.
    ///
    /// # Errors
    /// When the log does not answer.
    pub async fn load<A: Aggregate>(&mut self, id: A::Id) -> Result<A, Stop> {
        let stream = A::stream(id);
        self.read(stream).await?;
        let stream = self.streams.entry(stream).or_default();
        let folded = self.all.fold_read::<A>(id, &mut stream.read).await?;
        let staged = stream.staged.iter().filter_map(A::own);
        Ok(staged.fold(folded.state.clone(), A::evolve))
    }

    /// What a profile said at a version, without a guard: that never changes.
    ///
    /// # Errors
    /// When the log does not answer.
    pub async fn pinned(
        &self,
        id: ProfileId,
        version: Version,
    ) -> Result<Option<Definition>, Stop> {
        Ok(pinned(self.all, id, version).await?)
    }

    /// The state of an aggregate without a guard: for facts that only grow, such as that a node was
    /// once discovered, or that no decision can hold fast, such as how a node is now.
    ///
    /// # Errors
    /// When the log does not answer.
    pub async fn glance<A: Aggregate>(&self, id: A::Id) -> Result<A, Stop> {
        Ok(self.all.fold::<A>(id).await?.state.clone())
    }

    /// The same for several, in one look and in their order.
    ///
    /// # Errors
    /// When the log does not answer.
    pub async fn glance_each<A: Aggregate>(&self, ids: &[A::Id]) -> Result<Vec<A>, Stop> {
        let folded = self.all.fold_each::<A>(ids).await?;
        Ok(folded.iter().map(|folded| folded.state.clone()).collect())
    }

    /// What the log may know of a value that the verb brought (`Verb::keeps`).
    ///
    /// # Errors
    /// When it brought none for this record.
    pub fn kept(&self, record: RecordId) -> Result<Kept, Stop> {
        let found = self.kept.iter().find(|kept| kept.record_id == record);
        Ok(found.cloned().ok_or(vault::Error::NotKept)?)
    }

    /// Who refers to a stream, guarded: if anybody begins or ceases to before the append, the
    /// command starts over.
    ///
    /// # Errors
    /// When more than `REFERRERS_MAX` do, or the log does not answer.
    pub async fn referrers(&mut self, to: StreamId) -> Result<Vec<StreamId>, Stop> {
        let found = self.all.log().referrers(to, REFERRERS_MAX + 1).await?;
        if found.len() > usize::from(REFERRERS_MAX) {
            return Err(Refusal::TooManyUsers { most: REFERRERS_MAX }.into());
        }
        self.referrers.insert(to, found.clone());
        Ok(found)
    }

    /// Reads streams that will be loaded one by one, in one look.
    ///
    /// # Errors
    /// When the log does not answer.
    pub async fn read_each(&mut self, streams: &[StreamId]) -> Result<(), Stop> {
        let is_new = |stream: &StreamId| !self.expected.contains_key(stream);
        let wanted: Vec<StreamId> = streams.iter().copied().filter(is_new).collect();
        for (stream, read) in self.all.read_each(&wanted).await? {
            self.keep(stream, read);
        }
        Ok(())
    }

    /// Streams of a kind with an event that carries the tag, in the order of their names, without a
    /// guard.
    ///
    /// # Errors
    /// When the log does not answer.
    pub async fn tagged(
        &self,
        tag: &Tag,
        kind: Kind,
        after: Option<StreamId>,
        limit: u16,
    ) -> Result<Vec<StreamId>, Stop> {
        Ok(self.all.log().tagged_streams(tag, kind, after, limit).await?)
    }

    /// Which stream has each of these names, in their order. Without a guard: a name that is taken
    /// meanwhile is judged under the log's lock, and a stream that is loaded is guarded.
    ///
    /// # Errors
    /// When the log does not answer.
    pub async fn holders(&self, names: &[UniqueName]) -> Result<Vec<Option<StreamId>>, Stop> {
        Ok(self.all.log().holders(names).await?)
    }

    /// Loads, decides, and stages what was decided.
    ///
    /// # Errors
    /// The aggregate's refusal, or that the log does not answer.
    pub async fn decide<A>(&mut self, id: A::Id, command: A::Command) -> Result<(), Stop>
    where
        A: Aggregate,
        Refusal: From<A::Error>,
    {
        let mut state = self.load::<A>(id).await?;
        let decided = state.decide(command).map_err(Refusal::from)?;
        let stream = A::stream(id);
        for event in decided {
            self.claim(stream, state.claims(&event));
            let tags = A::tags(id, &event);
            state = state.evolve(&event);
            self.stage(stream, event.into(), tags);
        }
        Ok(())
    }

    /// The version of a stream, guarded as if it was loaded.
    ///
    /// # Errors
    /// When the log does not answer.
    pub async fn version(&mut self, stream: StreamId) -> Result<Version, Stop> {
        self.read(stream).await?;
        Ok(self.expected.get(&stream).copied().unwrap_or(Version::NONE))
    }

    /// How many events were decided so far.
    #[must_use]
    pub fn decided(&self) -> usize {
        self.events.len()
    }

    pub(crate) async fn read(&mut self, stream: StreamId) -> Result<(), Error> {
        if !self.expected.contains_key(&stream) {
            let read = self.all.read(stream).await?;
            self.keep(stream, read);
        }
        Ok(())
    }

    fn keep(&mut self, stream: StreamId, read: Read) {
        self.expected.insert(stream, read.version());
        self.streams.insert(stream, Stream { read, staged: vec![] });
    }

    fn stage(&mut self, stream: StreamId, payload: Event, tags: Vec<Tag>) {
        let held = self.streams.entry(stream).or_default();
        held.staged.push(payload.clone());
        let staged = i64::try_from(held.staged.len()).unwrap_or(i64::MAX);
        let version = Version(held.read.version().0.saturating_add(staged));
        let id = EventId::of(self.command, self.events.len());
        self.events.push(NewEvent { id, stream, version, payload, tags });
    }

    fn claim(&mut self, stream: StreamId, claims: Vec<Claim>) {
        for claim in claims {
            match claim {
                Claim::Take(name) => self.take.push((stream, name)),
                Claim::Free(name) => self.free.push((stream, name)),
                Claim::Refer(to) => self.refer.push((stream, to)),
                Claim::Unrefer(to) => self.unrefer.push((stream, to)),
                Claim::End => self.end.push(stream),
            }
        }
    }
}
