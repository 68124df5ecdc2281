//! A process that dies at a certain step, which reality does not do on demand.

use async_trait::async_trait;
use commands::ports::{
    EventLog,
    event_log::{self, Answered, Append, Outcome},
};
use domain::{
    Event, StreamId, Version, claim::UniqueName, ids::CommandId, recorded::Recorded, stream::Kind,
    tag::Tag,
};
use std::{
    collections::BTreeMap,
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::Notify;

/// Breaks one step: each call has two, the one before it takes effect and the one after.
#[derive(Default)]
pub(crate) struct Fuse {
    steps: AtomicUsize,
    breaks_at: Option<usize>,
    /// Told instead of whoever makes the call, which then never goes on.
    killed: Option<Notify>,
}

impl Fuse {
    pub(crate) fn at(step: usize) -> Arc<Self> {
        Arc::new(Self { breaks_at: Some(step), ..Self::default() })
    }

    /// One whose break is no error that could be borne.
    pub(crate) fn deadly(step: usize) -> Arc<Self> {
        Arc::new(Self { breaks_at: Some(step), killed: Some(Notify::new()), ..Self::default() })
    }

    /// Whether its step was ever reached.
    pub(crate) fn has_broken(&self) -> bool {
        self.breaks_at.is_some_and(|step| self.steps.load(Ordering::Relaxed) > step)
    }

    /// Lets something run until it ends or dies.
    pub(crate) async fn until_death<T>(&self, run: impl Future<Output = T>) -> Option<T> {
        let Some(killed) = &self.killed else { return Some(run.await) };
        tokio::select! {
            done = run => Some(done),
            () = killed.notified() => None,
        }
    }

    async fn step<E>(&self, error: impl Fn() -> E) -> Result<(), E> {
        let step = self.steps.fetch_add(1, Ordering::Relaxed);
        match &self.killed {
            _ if self.breaks_at != Some(step) => Ok(()),
            None => Err(error()),
            Some(killed) => {
                killed.notify_one();
                pending().await
            }
        }
    }

    pub(crate) async fn around<T, E>(
        &self,
        call: impl Future<Output = Result<T, E>>,
        error: impl Fn() -> E,
    ) -> Result<T, E> {
        self.step(&error).await?;
        let result = call.await;
        self.step(&error).await?;
        result
    }
}

/// A real log whose calls may break.
pub(crate) struct BrittleLog {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) fuse: Arc<Fuse>,
}

fn log_broke() -> event_log::Error {
    event_log::Error::Unavailable { tried: "go on", source: "the process died".into() }
}

#[async_trait]
impl EventLog for BrittleLog {
    async fn load(
        &self,
        stream: StreamId,
        version: Version,
    ) -> Result<Vec<Recorded<Event>>, event_log::Error> {
        self.fuse.around(self.log.load(stream, version), log_broke).await
    }
    async fn load_each(
        &self,
        streams: &[(StreamId, Version)],
    ) -> Result<BTreeMap<StreamId, Vec<Recorded<Event>>>, event_log::Error> {
        self.fuse.around(self.log.load_each(streams), log_broke).await
    }
    async fn referrers(&self, to: StreamId, limit: u16) -> Result<Vec<StreamId>, event_log::Error> {
        self.fuse.around(self.log.referrers(to, limit), log_broke).await
    }
    async fn append(&self, append: Append) -> Result<Outcome, event_log::Error> {
        self.fuse.around(self.log.append(append), log_broke).await
    }
    async fn answered(&self, command: CommandId) -> Result<Option<Answered>, event_log::Error> {
        self.fuse.around(self.log.answered(command), log_broke).await
    }
    async fn holders(
        &self,
        names: &[UniqueName],
    ) -> Result<Vec<Option<StreamId>>, event_log::Error> {
        self.fuse.around(self.log.holders(names), log_broke).await
    }
    async fn streams(
        &self,
        kind: Kind,
        after: Option<StreamId>,
        limit: u16,
    ) -> Result<Vec<StreamId>, event_log::Error> {
        self.fuse.around(self.log.streams(kind, after, limit), log_broke).await
    }
    async fn tagged_streams(
        &self,
        tag: &Tag,
        kind: Kind,
        after: Option<StreamId>,
        limit: u16,
    ) -> Result<Vec<StreamId>, event_log::Error> {
        self.fuse.around(self.log.tagged_streams(tag, kind, after, limit), log_broke).await
    }
}
