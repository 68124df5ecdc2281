//! The one shape of every aggregate: decide, then evolve — nothing more.

use crate::{claim::Claim, event::Event, stream::StreamId, tag::Tag};
use std::fmt::Debug;

/// What is true about one thing, and what may happen to it next.
pub trait Aggregate: Default + Clone + Debug + Send + Sync + 'static {
    /// Which one.
    type Id: Copy + Send + Sync;
    /// An intention, in the imperative.
    type Command: Clone + Send + Sync;
    /// A fact, in the past tense.
    type Event: Clone + Into<Event> + Send + Sync;
    /// Why an intention is refused.
    type Error: std::error::Error + Send + Sync;

    /// The stream that the events of `id` are kept in.
    fn stream(id: Self::Id) -> StreamId;

    /// The aggregate's own event, if `event` is one.
    fn own(event: &Event) -> Option<&Self::Event>;

    /// What happens, or why it may not. Repeating a command that took effect yields no event.
    fn decide(&self, command: Self::Command) -> Result<Vec<Self::Event>, Self::Error>;

    /// The state after `event`. Total: what was recorded did happen, so no event is refused here.
    #[must_use]
    fn evolve(self, event: &Self::Event) -> Self;

    /// What `event` touched. Depends on the event alone, and can never change.
    fn tags(id: Self::Id, event: &Self::Event) -> Vec<Tag>;

    /// What `event` takes or gives up, seen from the state before it.
    fn claims(&self, event: &Self::Event) -> Vec<Claim> {
        let _ = event;
        Vec::new()
    }
}
