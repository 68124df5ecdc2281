//! Who this Berth is: the same for all processes over one database.

use sqlx::{PgPool, Row};
use uuid::Uuid;

/// One Berth.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Names it in the `source` of every published event.
    pub id: Uuid,
}

/// Reads the one row.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn instance(pool: &PgPool) -> Result<Instance, sqlx::Error> {
    let row = sqlx::query("SELECT id FROM work.instance").fetch_one(pool).await?;
    Ok(Instance { id: row.try_get("id")? })
}
