//! The vault in PostgreSQL: envelope encryption, one data key a record.
//!
//! **Invariants**
//! - PostgreSQL sees ciphertext alone. Data keys are made here and leave wrapped.
//! - A data key opens one record. To drop it is to shred the record, in every version.
//! - A master key wraps data keys and nothing else, so another one takes its place without a
//!   single value, or the log, being touched.
//! - Nothing is cached but the master keys: what was shredded is gone for every process at once.

pub mod keyring;
mod place;
mod rotate;
mod seal;
mod sweep;

pub use keyring::Keyring;
pub use rotate::Rotated;

use async_trait::async_trait;
use commands::ports::vault::{Error, Keep, Kind, Secret};
use domain::{
    ids::{CommandId, EventId, RecordId},
    kept::Kept,
};
use seal::{DataKey, Key};
use sqlx::{PgConnection, PgPool, Row};
use std::sync::Arc;

/// How often the name of the current master key is asked for while another process rotates it.
const CURRENT_ATTEMPTS_MAX: u32 = 5;

/// The vault.
#[derive(Clone, Debug)]
pub struct Vault {
    pool: PgPool,
    keyring: Arc<Keyring>,
}

/// Why the vault of a database cannot be used with a key file.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// PostgreSQL does not answer.
    #[error("could not ask for the master keys of the vault")]
    Database(#[source] sqlx::Error),
    /// The key file is wrong.
    #[error(transparent)]
    Keyring(#[from] keyring::Error),
    /// The file has not the key that opens this vault.
    #[error(
        "the vault of this database needs the master key `{key}`, which {} has not; every process \
         over one database uses the same keys (vault.key_file)",
        file.display()
    )]
    Missing {
        /// Which one.
        key: String,
        /// Where it was looked for.
        file: std::path::PathBuf,
    },
    /// A key of the right name that is another one.
    #[error("the key `{key}` in {} is not the master key of that name", file.display())]
    Wrong {
        /// Which one.
        key: String,
        /// Where it is.
        file: std::path::PathBuf,
    },
}

impl Vault {
    /// Opens the vault, and sees to it that the key file opens what is in it.
    ///
    /// # Errors
    /// See `OpenError`.
    pub async fn open(pool: PgPool, keyring: Keyring) -> Result<Self, OpenError> {
        let vault = Self { pool, keyring: Arc::new(keyring) };
        vault.register().await.map_err(OpenError::Database)?;
        vault.check().await?;
        Ok(vault)
    }

    /// Whether the database has a master key already, so that a new one would be the wrong one.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn is_made(pool: &PgPool) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM vault.master_keys)").fetch_one(pool).await
    }

    /// A random key of this instance, made once: the same for all processes, and for ever.
    ///
    /// # Errors
    /// When the vault does not do its part.
    pub async fn instance_key(&self, record: RecordId, kind: Kind) -> Result<[u8; 32], Error> {
        const FIRST: u32 = 1;
        if let Err(Error::Gone { .. }) = self.read(record, FIRST).await {
            let tried = "make a key of this instance";
            let mut tx = self.pool.begin().await.map_err(unavailable(tried))?;
            let value = Secret::new(seal::random_key().map_err(unmade)?.to_vec());
            self.lock(&mut tx, record, kind).await?;
            // Who waited for the lock may find that another process was first.
            if last_version(&mut tx, record).await.map_err(unavailable(tried))? == 0 {
                let keep = Keep { record, kind, value: &value };
                self.add(&mut tx, CommandId(record.0), &keep, true).await?;
            }
            tx.commit().await.map_err(unavailable(tried))?;
        }
        let value = self.read(record, FIRST).await?;
        value.expose().try_into().map_err(|_| Error::Altered { record })
    }

    /// Makes the newest key of the file the first master key, where there is none.
    async fn register(&self) -> Result<(), sqlx::Error> {
        let (name, key) = self.keyring.newest();
        sqlx::query(
            "INSERT INTO vault.master_keys (id, check_value, is_current) \
             SELECT $1, $2, true WHERE NOT EXISTS (SELECT FROM vault.master_keys) \
             ON CONFLICT DO NOTHING",
        )
        .bind(&name)
        .bind(&seal::check_value(&key, &name)[..])
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Whether the file has every key that still wraps something, and the right ones.
    async fn check(&self) -> Result<(), OpenError> {
        let rows = sqlx::query(
            "SELECT k.id, k.check_value, k.is_current OR EXISTS ( \
                 SELECT FROM vault.records r WHERE r.master_key_id = k.id) AS is_needed \
             FROM vault.master_keys k",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(OpenError::Database)?;
        for row in rows {
            let name: String = row.try_get("id").map_err(OpenError::Database)?;
            let expected: Vec<u8> = row.try_get("check_value").map_err(OpenError::Database)?;
            let is_needed: bool = row.try_get("is_needed").map_err(OpenError::Database)?;
            let file = || self.keyring.file().to_owned();
            match self.keyring.find(&name)? {
                Some(key) if seal::check_value(&key, &name)[..] != expected[..] => {
                    return Err(OpenError::Wrong { key: name, file: file() });
                }
                None if is_needed => return Err(OpenError::Missing { key: name, file: file() }),
                Some(_) | None => {}
            }
        }
        Ok(())
    }

    fn master(&self, name: &str) -> Result<Arc<Key>, Error> {
        match self.keyring.find(name) {
            Ok(Some(key)) => Ok(key),
            Ok(None) => Err(Error::NoMasterKey { key: name.to_owned(), source: None }),
            Err(error) => {
                Err(Error::NoMasterKey { key: name.to_owned(), source: Some(error.into()) })
            }
        }
    }

    /// The key that wraps now. A rotation waits until nobody who has asked is at work any more.
    async fn current(&self, tx: &mut PgConnection) -> Result<(String, Arc<Key>), Error> {
        let tried = "ask for the master key";
        for _ in 0..CURRENT_ATTEMPTS_MAX {
            let name: Option<String> =
                sqlx::query_scalar("SELECT id FROM vault.master_keys WHERE is_current FOR SHARE")
                    .fetch_optional(&mut *tx)
                    .await
                    .map_err(unavailable(tried))?;
            // None while the key that was current is being replaced: the next look finds it.
            if let Some(name) = name {
                let key = self.master(&name)?;
                return Ok((name, key));
            }
        }
        Err(unavailable(tried)(sqlx::Error::RowNotFound))
    }

    /// Makes a record where there is none, and locks it until the end of the transaction.
    async fn lock(
        &self,
        tx: &mut PgConnection,
        record: RecordId,
        kind: Kind,
    ) -> Result<DataKey, Error> {
        let tried = "make a record";
        let (name, master) = self.current(tx).await?;
        let wrapped =
            DataKey::random().and_then(|key| key.wrap(&master, &name, record)).map_err(unmade)?;
        sqlx::query(
            "INSERT INTO vault.records (id, kind, master_key_id, wrapped_key) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING",
        )
        .bind(record.0)
        .bind(kind.as_str())
        .bind(&name)
        .bind(&wrapped)
        .execute(&mut *tx)
        .await
        .map_err(unavailable(tried))?;
        let row = sqlx::query(
            "SELECT kind, master_key_id, wrapped_key FROM vault.records WHERE id = $1 FOR UPDATE",
        )
        .bind(record.0)
        .fetch_one(&mut *tx)
        .await
        .map_err(unavailable(tried))?;
        if row.try_get::<String, _>("kind").map_err(unavailable(tried))? != kind.as_str() {
            return Err(Error::OtherKind { record, kind });
        }
        let name: Option<String> = row.try_get("master_key_id").map_err(unavailable(tried))?;
        let wrapped: Option<Vec<u8>> = row.try_get("wrapped_key").map_err(unavailable(tried))?;
        let (Some(name), Some(wrapped)) = (name, wrapped) else {
            return Err(Error::Gone { record, version: 0 });
        };
        DataKey::unwrap(&*self.master(&name)?, &name, record, &wrapped)
            .map_err(|_| Error::Altered { record })
    }

    /// Adds a version to a record.
    async fn add(
        &self,
        tx: &mut PgConnection,
        command: CommandId,
        keep: &Keep<'_>,
        is_settled: bool,
    ) -> Result<Kept, Error> {
        let tried = "keep a value";
        let Keep { record, kind, value } = *keep;
        let key = self.lock(tx, record, kind).await?;
        let version: i32 = sqlx::query_scalar(
            "UPDATE vault.records SET last_version = last_version + 1 WHERE id = $1 \
             RETURNING last_version",
        )
        .bind(record.0)
        .fetch_one(&mut *tx)
        .await
        .map_err(unavailable(tried))?;
        let version = u32::try_from(version).map_err(|_| Error::Altered { record })?;
        let ciphertext = key.seal(kind, record, version, value).map_err(unmade)?;
        sqlx::query(
            "INSERT INTO vault.versions \
             (record_id, version, ciphertext, command_id, event_id, is_settled) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(record.0)
        .bind(i64::from(version))
        .bind(&ciphertext)
        .bind(command.0)
        .bind(EventId::of(command, 0).0)
        .bind(is_settled)
        .execute(&mut *tx)
        .await
        .map_err(unavailable(tried))?;
        Ok(Kept { fingerprint: key.fingerprint(kind, value), record_id: record, version })
    }

    async fn read(&self, record: RecordId, version: u32) -> Result<Secret, Error> {
        let tried = "read a value";
        let row = sqlx::query(
            "SELECT r.kind, r.master_key_id, r.wrapped_key, v.ciphertext \
             FROM vault.records r JOIN vault.versions v ON v.record_id = r.id \
             WHERE r.id = $1 AND v.version = $2 AND r.wrapped_key IS NOT NULL",
        )
        .bind(record.0)
        .bind(i64::from(version))
        .fetch_optional(&self.pool)
        .await
        .map_err(unavailable(tried))?;
        let Some(row) = row else { return Err(Error::Gone { record, version }) };
        let column = |name| row.try_get::<String, _>(name).map_err(unavailable(tried));
        let bytes = |name| row.try_get::<Vec<u8>, _>(name).map_err(unavailable(tried));
        let (kind, name) = (column("kind")?, column("master_key_id")?);
        let kind = Kind::ALL.into_iter().find(|known| known.as_str() == kind);
        let kind = kind.ok_or(Error::Altered { record })?;
        let (wrapped, ciphertext) = (bytes("wrapped_key")?, bytes("ciphertext")?);
        let master = self.master(&name)?;
        DataKey::unwrap(&master, &name, record, &wrapped)
            .and_then(|key| key.open(kind, record, version, &ciphertext))
            .map_err(|_| Error::Altered { record })
    }
}

#[async_trait]
impl commands::ports::Vault for Vault {
    async fn put(&self, command: CommandId, values: &[Keep<'_>]) -> Result<Vec<Kept>, Error> {
        let tried = "keep values";
        let mut tx = self.pool.begin().await.map_err(unavailable(tried))?;
        // Always in the same order, so that two commands cannot wait for each other.
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by_key(|index| values[*index].record);
        let mut kept = vec![];
        for index in order {
            kept.push((index, self.add(&mut tx, command, &values[index], false).await?));
        }
        tx.commit().await.map_err(unavailable(tried))?;
        kept.sort_by_key(|(index, _)| *index);
        Ok(kept.into_iter().map(|(_, kept)| kept).collect())
    }

    async fn take_back(&self, kept: &[Kept]) -> Result<(), Error> {
        self.forget(kept).await.map_err(unavailable("take values back"))
    }

    async fn get(&self, record: RecordId, version: u32) -> Result<Secret, Error> {
        self.read(record, version).await
    }

    async fn shred(&self, records: &[RecordId]) -> Result<(), Error> {
        self.drop_keys(records).await.map_err(unavailable("shred records"))
    }
}

async fn last_version(tx: &mut PgConnection, record: RecordId) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar("SELECT last_version FROM vault.records WHERE id = $1")
        .bind(record.0)
        .fetch_one(tx)
        .await
}

fn unavailable(tried: &'static str) -> impl FnOnce(sqlx::Error) -> Error {
    move |error| Error::Unavailable { tried, source: error.into() }
}

fn unmade(error: seal::NotSealed) -> Error {
    Error::Unavailable { tried: "encrypt a value", source: error.into() }
}
