//! Another master key takes over: every data key is wrapped anew, no value and no event is touched.

use super::{Vault, keyring, seal, seal::DataKey, unavailable, unmade};
use commands::ports::vault::Error;
use domain::ids::RecordId;
use sqlx::Row;
use uuid::Uuid;

/// How many data keys are wrapped anew in one statement.
const PAGE: i64 = 500;

/// What a rotation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The key that wraps everything now.
    pub current: String,
    /// How many data keys it wraps that another one wrapped before.
    pub rewrapped: u64,
    /// The keys that wrap nothing any more.
    pub unused: Vec<String>,
}

impl Vault {
    /// Adds a new master key to the key file, which then has to be rotated to.
    ///
    /// # Errors
    /// When the file cannot be changed.
    pub fn add_master_key(&self) -> Result<(), keyring::Error> {
        self.keyring.add()
    }

    /// Wraps every data key with the newest master key of the file. Whoever puts a value meanwhile
    /// uses that one too. Run again after a crash, it goes on.
    ///
    /// # Errors
    /// When the vault does not do its part; what was wrapped anew stays so.
    pub async fn rotate(&self) -> Result<Rotated, Error> {
        let (current, key) = self.keyring.newest();
        self.make_current(&current, &seal::check_value(&key, &current)).await?;
        let mut rewrapped = 0;
        loop {
            let done = self.rewrap_page(&current).await?;
            rewrapped += done;
            if done == 0 {
                break;
            }
        }
        let unused = sqlx::query_scalar(
            "SELECT id FROM vault.master_keys k WHERE NOT is_current AND NOT EXISTS ( \
                 SELECT FROM vault.records r WHERE r.master_key_id = k.id) ORDER BY registered_at",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(unavailable("ask for unused master keys"))?;
        Ok(Rotated { current, rewrapped, unused })
    }

    async fn make_current(&self, name: &str, check: &[u8]) -> Result<(), Error> {
        let tried = "make another master key the current one";
        let mut tx = self.pool.begin().await.map_err(unavailable(tried))?;
        // Waits for everybody who is about to wrap a key with the one that was current.
        sqlx::query(
            "UPDATE vault.master_keys SET is_current = false WHERE is_current AND id <> $1",
        )
        .bind(name)
        .execute(&mut *tx)
        .await
        .map_err(unavailable(tried))?;
        sqlx::query(
            "INSERT INTO vault.master_keys (id, check_value, is_current) VALUES ($1, $2, true) \
             ON CONFLICT (id) DO UPDATE SET is_current = true",
        )
        .bind(name)
        .bind(check)
        .execute(&mut *tx)
        .await
        .map_err(unavailable(tried))?;
        tx.commit().await.map_err(unavailable(tried))
    }

    /// Wraps some data keys anew; one that is shredded meanwhile stays shredded.
    async fn rewrap_page(&self, current: &str) -> Result<u64, Error> {
        let tried = "wrap data keys anew";
        let mut tx = self.pool.begin().await.map_err(unavailable(tried))?;
        let rows = sqlx::query(
            "SELECT id, master_key_id, wrapped_key FROM vault.records \
             WHERE master_key_id <> $1 ORDER BY id LIMIT $2 FOR UPDATE",
        )
        .bind(current)
        .bind(PAGE)
        .fetch_all(&mut *tx)
        .await
        .map_err(unavailable(tried))?;
        let master = self.master(current)?;
        let (mut ids, mut keys) = (Vec::<Uuid>::new(), Vec::<Vec<u8>>::new());
        for row in rows {
            let id: Uuid = row.try_get("id").map_err(unavailable(tried))?;
            let name: String = row.try_get("master_key_id").map_err(unavailable(tried))?;
            let wrapped: Vec<u8> = row.try_get("wrapped_key").map_err(unavailable(tried))?;
            let record = RecordId(id);
            let old = self.master(&name)?;
            let key = DataKey::unwrap(&old, &name, record, &wrapped)
                .map_err(|_| Error::Altered { record })?;
            ids.push(id);
            keys.push(key.wrap(&master, current, record).map_err(unmade)?);
        }
        sqlx::query(
            "UPDATE vault.records r SET master_key_id = $1, wrapped_key = n.wrapped_key \
             FROM unnest($2::uuid[], $3::bytea[]) n (id, wrapped_key) WHERE r.id = n.id",
        )
        .bind(current)
        .bind(&ids)
        .bind(&keys)
        .execute(&mut *tx)
        .await
        .map_err(unavailable(tried))?;
        tx.commit().await.map_err(unavailable(tried))?;
        Ok(ids.len() as u64)
    }
}
