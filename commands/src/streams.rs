//! Streams as the write side reads them: what was folded of a long one before is remembered, and
//! only the events after that are read.
//!
//! **Invariants**
//! - What is remembered is never the truth: each look asks the log for what came after, and what
//!   was decided is compared with the log's versions under its lock. So any number of processes may
//!   write a stream by turns, and one that fell behind reads a little more.
//! - Only what was read from the log is remembered, never what was decided: an append that was
//!   refused or lost leaves nothing to take back.
//! - Bounded in number and in size. What nobody asked for the longest goes first.
//! - A short stream is not remembered. It is read as fast, and a walk over a hundred thousand nodes
//!   does not push the long ones out.

mod folded;
mod memory;

pub(crate) use folded::{Cause, Folded};

use crate::ports::event_log::{Error, EventLog};
use domain::{Aggregate, Event, StreamId, Version, recorded::Recorded};
use memory::{Anything, Memory};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The log, and what is remembered of its streams.
pub(crate) struct Streams {
    log: Arc<dyn EventLog>,
    memory: Mutex<Memory>,
}

/// A stream as it was read: what was remembered of it, and the events after that.
#[derive(Clone, Default)]
pub(crate) struct Read {
    remembered: Option<(Version, Anything)>,
    after: Vec<Recorded<Event>>,
}

impl Read {
    /// How far it went.
    pub(crate) fn version(&self) -> Version {
        let before = self.remembered.as_ref().map_or(Version::NONE, |(version, _)| *version);
        self.after.last().map_or(before, |event| event.version)
    }
}

impl Streams {
    pub(crate) fn new(log: Arc<dyn EventLog>) -> Self {
        Self { log, memory: Mutex::default() }
    }

    /// The log itself.
    pub(crate) fn log(&self) -> &dyn EventLog {
        &*self.log
    }

    /// A stream, to be folded by who knows what it is of.
    pub(crate) async fn read(&self, stream: StreamId) -> Result<Read, Error> {
        let remembered = self.remembered(stream);
        let version = remembered.as_ref().map_or(Version::NONE, |(version, _)| *version);
        let after = self.log.load(stream, version).await?;
        Ok(Read { remembered, after })
    }

    /// Several streams, in one look.
    pub(crate) async fn read_each(
        &self,
        streams: &[StreamId],
    ) -> Result<BTreeMap<StreamId, Read>, Error> {
        let read = |stream: &StreamId| {
            let remembered = self.remembered(*stream);
            (*stream, Read { remembered, after: vec![] })
        };
        let mut reads: BTreeMap<StreamId, Read> = streams.iter().map(read).collect();
        let from: Vec<_> = reads.iter().map(|(stream, read)| (*stream, read.version())).collect();
        for (stream, after) in self.log.load_each(&from).await? {
            if let Some(read) = reads.get_mut(&stream) {
                read.after = after;
            }
        }
        Ok(reads)
    }

    /// Folds what was read, and keeps in `read` what came of it.
    pub(crate) async fn fold_read<A: Aggregate>(
        &self,
        id: A::Id,
        read: &mut Read,
    ) -> Result<Arc<Folded<A>>, Error> {
        let stream = A::stream(id);
        let version = read.version();
        let before = match read.remembered.take() {
            None => Arc::default(),
            Some((_, before)) => match before.downcast::<Folded<A>>() {
                Ok(before) => before,
                // Nobody else's fold lies under the name of a stream, but if it did, the log knows.
                Err(_) => {
                    read.after = self.log.load(stream, Version::NONE).await?;
                    read.after.retain(|event| event.version <= version);
                    Arc::default()
                }
            },
        };
        let folded = if read.after.is_empty() {
            before
        } else {
            let folded = Arc::new(before.on(&read.after));
            self.memory().keep(stream, &folded);
            folded
        };
        read.after.clear();
        read.remembered = Some((version, Arc::clone(&folded) as Anything));
        Ok(folded)
    }

    /// An aggregate, as its stream tells it now.
    pub(crate) async fn fold<A: Aggregate>(&self, id: A::Id) -> Result<Arc<Folded<A>>, Error> {
        let mut read = self.read(A::stream(id)).await?;
        self.fold_read(id, &mut read).await
    }

    /// Several of one kind, in one look and in their order.
    pub(crate) async fn fold_each<A: Aggregate>(
        &self,
        ids: &[A::Id],
    ) -> Result<Vec<Arc<Folded<A>>>, Error> {
        let streams: Vec<StreamId> = ids.iter().map(|id| A::stream(*id)).collect();
        let mut reads = self.read_each(&streams).await?;
        let mut folded = Vec::with_capacity(ids.len());
        for id in ids {
            let mut read = reads.remove(&A::stream(*id)).unwrap_or_default();
            folded.push(self.fold_read(*id, &mut read).await?);
        }
        Ok(folded)
    }

    fn remembered(&self, stream: StreamId) -> Option<(Version, Anything)> {
        self.memory().recall(stream)
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
