//! An aggregate as its stream tells it.

use domain::{
    Aggregate, Event, Position, Version,
    ids::{CorrelationId, EventId},
    recorded::Recorded,
};

/// An aggregate as its stream tells it, and how far the stream went.
#[derive(Clone, Debug)]
pub(crate) struct Folded<A> {
    pub(crate) state: A,
    pub(crate) version: Version,
    pub(crate) last: Option<Cause>,
}

/// The last event of a stream, for who answers it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cause {
    pub(crate) event: EventId,
    pub(crate) correlation: CorrelationId,
    pub(crate) position: Position,
}

impl<A: Aggregate> Default for Folded<A> {
    fn default() -> Self {
        Self { state: A::default(), version: Version::NONE, last: None }
    }
}

impl<A: Aggregate> Folded<A> {
    /// What it is after these events, which follow what it was made of.
    pub(super) fn on(&self, events: &[Recorded<Event>]) -> Self {
        let own = events.iter().filter_map(|event| A::own(&event.payload));
        let last = events.last();
        let cause = |event: &Recorded<Event>| Cause {
            event: event.id,
            correlation: event.metadata.correlation_id,
            position: event.position,
        };
        Self {
            state: own.fold(self.state.clone(), A::evolve),
            version: last.map_or(self.version, |event| event.version),
            last: last.map(cause).or(self.last),
        }
    }
}
