//! What the relay remembers beside the stream, for the one thing that an empty stream cannot tell:
//! how its sequences and the positions of the log belong together.

use super::place::Remembered;
use std::future::Future;

/// Where the relay's memory is kept, one entry for each name of a stream.
pub trait Memory: Send + Sync {
    /// Why it could not be reached.
    type Error: std::error::Error + Send + Sync + 'static;

    /// What was last remembered.
    fn recall(
        &self,
        stream: &str,
    ) -> impl Future<Output = Result<Option<Remembered>, Self::Error>> + Send;

    /// Remembers this instead.
    fn remember(
        &self,
        stream: &str,
        what: &Remembered,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}
