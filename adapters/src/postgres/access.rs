//! Principals and their tokens, beside the log.
//!
//! A token is found by its SHA-256. The database compares digests, so how long a look-up takes says
//! nothing about any token; a digest cannot be turned back into one either.
//!
//! **Invariants**
//! - A token itself is never stored, logged or returned.
//! - An unknown, an expired and a revoked token are one answer: there is no such token.

use domain::ids::PrincipalId;
use sha2::{Digest, Sha256};
use sqlx::{PgPool, Row};
use std::{fmt, time::Duration};
use uuid::Uuid;

/// The name of the principal that the operator's first token belongs to.
const ADMINISTRATOR: &str = "administrator";

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

/// Whom a valid token belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The principal, as the log knows it.
    pub id: PrincipalId,
    /// Its name.
    pub name: String,
    /// Whether it is the operator's own, which needs no role.
    pub is_operator: bool,
    /// How long the token is still valid, where it expires.
    pub expires_in: Option<Duration>,
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

    /// Whom a token belongs to, if it is valid now by PostgreSQL's clock.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn holder(&self, token: TokenHash) -> Result<Option<Holder>, Error> {
        let row = sqlx::query(
            "SELECT p.id, p.name, \
                 (extract(epoch FROM t.expires_at - clock_timestamp()) * 1000)::bigint \
                 AS remaining \
             FROM work.tokens t JOIN work.principals p ON p.id = t.principal_id \
             WHERE t.hash = $1 AND t.revoked_at IS NULL \
                 AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())",
        )
        .bind(&token.0[..])
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let remaining: Option<i64> = row.try_get("remaining")?;
        Ok(Some(Holder {
            id: PrincipalId(row.try_get("id")?),
            is_operator: row.try_get::<&str, _>("name")? == ADMINISTRATOR,
            name: row.try_get("name")?,
            expires_in: remaining
                .map(|millis| Duration::from_millis(u64::try_from(millis).unwrap_or(0))),
        }))
    }

    /// Makes the operator's token valid, for the administrator. It replaces the one that the
    /// configuration had before; one that was revoked stays revoked.
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
            "INSERT INTO work.principals AS p (id, name) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET name = p.name RETURNING p.id",
        )
        .bind(Uuid::now_v7())
        .bind(ADMINISTRATOR)
        .fetch_one(&mut *transaction)
        .await?;
        sqlx::query(
            "DELETE FROM work.tokens \
             WHERE $2 AND bootstrap AND hash <> $1 AND revoked_at IS NULL",
        )
        .bind(&token.0[..])
        .bind(alone)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "INSERT INTO work.tokens (hash, principal_id, bootstrap) VALUES ($1, $2, true) \
             ON CONFLICT (hash) DO NOTHING",
        )
        .bind(&token.0[..])
        .bind(id)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(PrincipalId(id))
    }

    /// A new principal, without any role.
    ///
    /// # Errors
    /// When PostgreSQL does not answer, or the name is taken.
    pub async fn register(&self, name: &str) -> Result<PrincipalId, Error> {
        let id = PrincipalId(Uuid::now_v7());
        sqlx::query("INSERT INTO work.principals (id, name) VALUES ($1, $2)")
            .bind(id.0)
            .bind(name)
            .execute(&self.pool)
            .await?;
        Ok(id)
    }

    /// Lets a principal act with a token, for a time or until it is revoked.
    ///
    /// # Errors
    /// When PostgreSQL does not answer, or the token is known already.
    pub async fn issue(
        &self,
        principal: PrincipalId,
        token: TokenHash,
        lifetime: Option<Duration>,
    ) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO work.tokens (hash, principal_id, expires_at) \
             VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))",
        )
        .bind(&token.0[..])
        .bind(principal.0)
        .bind(lifetime.map(|lifetime| lifetime.as_secs_f64()))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Ends a token for good. Ending an unknown one changes nothing.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn revoke(&self, token: TokenHash) -> Result<(), Error> {
        sqlx::query(
            "UPDATE work.tokens SET revoked_at = clock_timestamp() \
             WHERE hash = $1 AND revoked_at IS NULL",
        )
        .bind(&token.0[..])
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
