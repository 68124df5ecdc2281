//! What a read model makes of events: first in memory, then in its tables.

use crate::{apply::Error, decoded::Decoded, past::Shown};
use async_trait::async_trait;
use sqlx::PgConnection;
use uuid::Uuid;

/// The rows of one read model, as far as they are held in memory.
#[async_trait]
pub(crate) trait Fold: Send {
    /// Reads the rows that the events will change and that are not held yet, from the tables in the
    /// search path of the connection.
    async fn load(
        &mut self,
        connection: &mut PgConnection,
        events: &[Decoded],
    ) -> Result<(), Error>;

    /// Applies one event, in memory. An event that is refused has changed nothing.
    fn apply(&mut self, event: &Decoded) -> Result<(), Error>;

    /// Writes what has changed since the last time.
    async fn write(&mut self, connection: &mut PgConnection) -> Result<(), Error>;

    /// The profile with this id, as far as it is held; none where the read model has no profiles.
    fn shown(&self, id: Uuid) -> Option<Shown>;

    /// How many rows are held.
    fn held(&self) -> usize;
}
