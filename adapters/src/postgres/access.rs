//! Principals and their tokens, beside the log: what it must not know, and the first token.
//!
//! A token is found by its SHA-256. The database compares digests, so how long a look-up takes says
//! nothing about any token; a digest cannot be turned back into one either. Whether a token is
//! valid, and what its principal may do, is said by the log alone.
//!
//! **Invariants**
//! - A token itself is never stored, logged or returned.
//! - A row without its event in the log is worth nothing: it is written first, so that a token that
//!   was answered always has its row.

use domain::{
    Aggregate, StreamId, Timestamp, Version,
    access::Access as History,
    ids::{PrincipalId, TokenId},
};
use sha2::{Digest, Sha256};
use sqlx::{PgPool, Row, postgres::PgRow};
use std::{collections::BTreeMap, fmt};
use uuid::Uuid;

pub mod principals;

/// The name of the principal that the operator's first token belongs to.
const ADMINISTRATOR: &str = "administrator";
/// Events of a principal read in one round trip.
const PAGE: i64 = 1000;

/// Why the access tables did not answer.
#[derive(Debug, thiserror::Error)]
#[error("could not look up or change who may ask")]
pub struct Error(#[from] sqlx::Error);

/// SHA-256 of a token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash that a token is kept under.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash([hidden])")
    }
}

/// Whom a token belongs to, valid or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The principal, as the log knows it.
    pub id: PrincipalId,
    /// Its name.
    pub name: String,
    /// Whether it is the operator's own, which needs no role.
    pub is_operator: bool,
    /// The token, as the log knows it.
    pub token: TokenId,
    /// Whether it is the operator's first token, which the log does not know.
    pub is_bootstrap: bool,
    /// The moment of the look-up, by PostgreSQL's clock.
    pub now: Timestamp,
}

/// A token that is about to be issued.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Its id.
    pub id: TokenId,
    /// What it is kept under.
    pub hash: TokenHash,
    /// Whose it is.
    pub principal: PrincipalId,
    /// What a person calls it.
    pub description: Option<String>,
}

/// The access tables.
#[derive(Clone, Debug)]
pub struct Access {
    pool: PgPool,
}

impl Access {
    /// Over connections of the service's role.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Whom a token belongs to, if it was ever made.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn holder(&self, token: TokenHash) -> Result<Option<Holder>, Error> {
        let row = sqlx::query(
            "SELECT p.id, p.name, p.operator, t.id AS token, t.bootstrap, \
                 clock_timestamp() AS now \
             FROM work.tokens t JOIN work.principals p ON p.id = t.principal_id \
             WHERE t.hash = $1",
        )
        .bind(&token.0[..])
        .fetch_optional(&self.pool)
        .await?;
        let holder = |row: PgRow| -> Result<Holder, sqlx::Error> {
            Ok(Holder {
                id: PrincipalId(row.try_get("id")?),
                name: row.try_get("name")?,
                is_operator: row.try_get("operator")?,
                token: TokenId(row.try_get("token")?),
                is_bootstrap: row.try_get("bootstrap")?,
                now: Timestamp::new(row.try_get("now")?),
            })
        };
        Ok(row.map(holder).transpose()?)
    }

    /// What the log says of a principal, read on from a version.
    ///
    /// # Errors
    /// When PostgreSQL does not answer, or with an event that this program cannot read.
    pub async fn follow(
        &self,
        principal: PrincipalId,
        (mut version, mut history): (Version, History),
    ) -> Result<(Version, History), Error> {
        loop {
            let rows = sqlx::query(
                "SELECT version, type, schema_version, data::text AS data FROM log.events \
                 WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3",
            )
            .bind(StreamId::access(principal).to_string())
            .bind(version.0)
            .bind(PAGE)
            .fetch_all(&self.pool)
            .await?;
            for row in &rows {
                history = history.evolve(&event(row)?);
                version = Version(row.try_get("version")?);
            }
            if i64::try_from(rows.len()) != Ok(PAGE) {
                return Ok((version, history));
            }
        }
    }

    /// Makes the operator's token valid, for the administrator. It replaces the one that the
    /// configuration had before.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn bootstrap(&self, token: TokenHash) -> Result<PrincipalId, Error> {
        self.admit(token, true).await
    }

    /// The same, for a token that a process made for itself: others over the same database have
    /// their own, which stay valid until an operator sets one.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn bootstrap_beside(&self, token: TokenHash) -> Result<PrincipalId, Error> {
        self.admit(token, false).await
    }

    async fn admit(&self, token: TokenHash, alone: bool) -> Result<PrincipalId, Error> {
        let mut transaction = self.pool.begin().await?;
        let id: Uuid = sqlx::query_scalar(
            "INSERT INTO work.principals AS p (id, name, operator) VALUES ($1, $2, true) \
             ON CONFLICT (operator) WHERE operator DO UPDATE SET operator = p.operator \
             RETURNING p.id",
        )
        .bind(Uuid::now_v7())
        .bind(ADMINISTRATOR)
        .fetch_one(&mut *transaction)
        .await?;
        sqlx::query("DELETE FROM work.tokens WHERE $2 AND bootstrap AND hash <> $1")
            .bind(&token.0[..])
            .bind(alone)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "INSERT INTO work.tokens (hash, id, principal_id, bootstrap) \
             VALUES ($1, $2, $3, true) ON CONFLICT (hash) DO NOTHING",
        )
        .bind(&token.0[..])
        .bind(Uuid::now_v7())
        .bind(id)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(PrincipalId(id))
    }

    /// Writes down a token before it is issued. Until the log says so, it is not valid.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn keep(&self, token: &NewToken) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO work.tokens (hash, id, principal_id, description) \
             VALUES ($1, $2, $3, $4)",
        )
        .bind(&token.hash.0[..])
        .bind(token.id.0)
        .bind(token.principal.0)
        .bind(&token.description)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Takes back a token that was kept and then not issued.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn discard(&self, token: TokenId) -> Result<(), Error> {
        sqlx::query("DELETE FROM work.tokens WHERE id = $1 AND NOT bootstrap")
            .bind(token.0)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// What people call some tokens; one without a description has none.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn descriptions(
        &self,
        tokens: &[TokenId],
    ) -> Result<BTreeMap<TokenId, String>, Error> {
        let ids: Vec<Uuid> = tokens.iter().map(|token| token.0).collect();
        let described: Vec<(Uuid, String)> = sqlx::query_as(
            "SELECT id, description FROM work.tokens \
             WHERE id = ANY($1) AND description IS NOT NULL",
        )
        .bind(ids)
        .fetch_all(&self.pool)
        .await?;
        Ok(described.into_iter().map(|(id, text)| (TokenId(id), text)).collect())
    }
}

fn event(row: &PgRow) -> Result<domain::access::Event, sqlx::Error> {
    let (name, version): (&str, i16) = (row.try_get("type")?, row.try_get("schema_version")?);
    let mut data = serde_json::Deserializer::from_str(row.try_get("data")?);
    let event = domain::Event::decode(name, version, &mut data)
        .map_err(|error| sqlx::Error::Decode(error.into()))?;
    History::own(&event).cloned().ok_or_else(|| {
        sqlx::Error::Decode(format!("an event of type {name} in a stream of access").into())
    })
}
