//! The port of every reader: events after a position, in order, without holes.

use crate::{recorded::Stored, stream::Position};
use std::future::Future;

/// Events after a position.
pub trait Feed: Send + Sync {
    /// Why the feed could not be read.
    type Error: std::error::Error + Send + Sync + 'static;

    /// At most `limit` events after `position`, in order. Fewer means that there are no more yet.
    fn after(
        &self,
        position: Position,
        limit: u16,
    ) -> impl Future<Output = Result<Vec<Stored>, Self::Error>> + Send;

    /// The position of the last event; `Position::START` for an empty log.
    fn head(&self) -> impl Future<Output = Result<Position, Self::Error>> + Send;

    /// Returns when the log may have grown beyond `seen`: at once on a wake-up, at the latest after
    /// one slow poll. Never fails: a reader simply reads again.
    fn grown(&self, seen: Position) -> impl Future<Output = ()> + Send;
}
