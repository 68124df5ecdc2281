//! Who this Berth is: the same for all processes over one database.

use sqlx::{PgPool, Row};
use uuid::Uuid;

/// One Berth.
#[derive(Clone)]
pub struct Instance {
    /// Names it in the `source` of every published event.
    pub id: Uuid,
    /// Keys the digests of requests.
    pub digest_key: [u8; 32],
}

/// Reads the one row.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn instance(pool: &PgPool) -> Result<Instance, sqlx::Error> {
    let row = sqlx::query("SELECT id, digest_key FROM work.instance").fetch_one(pool).await?;
    let key: Vec<u8> = row.try_get("digest_key")?;
    let wrong = |_| sqlx::Error::Decode("a digest key has 32 bytes".into());
    Ok(Instance { id: row.try_get("id")?, digest_key: key.try_into().map_err(wrong)? })
}
