//! Who acts: names, e-mail addresses, and what an identity provider calls somebody.

use super::{Access, Error};
use domain::{Timestamp, ids::PrincipalId, name};
use sqlx::{QueryBuilder, Row, postgres::PgRow};
use uuid::Uuid;

/// A principal, as people know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// As the log knows it.
    pub id: PrincipalId,
    /// Its name; empty once it is erased.
    pub name: String,
    /// Its e-mail address.
    pub email: Option<String>,
    /// The identity provider that vouches for it.
    pub issuer: Option<String>,
    /// When it was first seen.
    pub created_at: Timestamp,
}

impl Principal {
    /// Whether what was known of it was erased.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.name.is_empty()
    }
}

/// What is to be known of a principal from now on; what is not given stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Another name.
    pub name: Option<String>,
    /// Another e-mail address; `Some(None)` takes it away.
    pub email: Option<Option<String>>,
}

/// What an identity provider says of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// `iss`
    pub issuer: String,
    /// `sub`
    pub subject: String,
    /// The name to show.
    pub name: String,
    /// `email`
    pub email: Option<String>,
}

/// Which principals; all of what is given must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The name contains this, whatever its case.
    pub name: Option<String>,
    /// With this e-mail address, whatever its case.
    pub email: Option<String>,
    /// After this one.
    pub after: Option<PrincipalId>,
}

const COLUMNS: &str = "SELECT id, name, email, issuer, created_at FROM work.principals WHERE true";

impl Access {
    /// Writes a new principal down. The same id again changes nothing.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn register(
        &self,
        id: PrincipalId,
        name: &str,
        email: Option<&str>,
    ) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO work.principals (id, name, email) VALUES ($1, $2, $3) \
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(id.0)
        .bind(name)
        .bind(email)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The principal that an identity provider vouches for, made when it is seen for the first
    /// time. Its name and address become what the provider says now.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn vouched(&self, vouched: &Vouched) -> Result<PrincipalId, Error> {
        let known: Option<Uuid> = sqlx::query_scalar(
            "SELECT id FROM work.principals WHERE issuer = $1 AND subject = $2 \
             AND name = $3 AND email IS NOT DISTINCT FROM $4",
        )
        .bind(&vouched.issuer)
        .bind(&vouched.subject)
        .bind(&vouched.name)
        .bind(&vouched.email)
        .fetch_optional(&self.pool)
        .await?;
        if let Some(id) = known {
            return Ok(PrincipalId(id));
        }
        let id: Uuid = sqlx::query_scalar(
            "INSERT INTO work.principals AS p (id, name, email, issuer, subject) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (issuer, subject) \
             DO UPDATE SET name = excluded.name, email = excluded.email RETURNING p.id",
        )
        .bind(Uuid::now_v7())
        .bind(&vouched.name)
        .bind(&vouched.email)
        .bind(&vouched.issuer)
        .bind(&vouched.subject)
        .fetch_one(&self.pool)
        .await?;
        Ok(PrincipalId(id))
    }

    /// Calls a principal something else.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn rename(&self, id: PrincipalId, change: &Change) -> Result<(), Error> {
        sqlx::query(
            "UPDATE work.principals SET name = coalesce($2, name), \
                 email = CASE WHEN $3 THEN $4 ELSE email END \
             WHERE id = $1 AND issuer IS NULL",
        )
        .bind(id.0)
        .bind(&change.name)
        .bind(change.email.is_some())
        .bind(change.email.as_ref().and_then(Option::as_ref))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Erases what is known of a principal, and what its tokens are called; its id stays.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn erase(&self, id: PrincipalId) -> Result<(), Error> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query(
            "UPDATE work.principals SET name = '', email = NULL, issuer = NULL, subject = NULL \
             WHERE id = $1",
        )
        .bind(id.0)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("UPDATE work.tokens SET description = NULL WHERE principal_id = $1")
            .bind(id.0)
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// A principal by its id.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn principal(&self, id: PrincipalId) -> Result<Option<Principal>, Error> {
        let mut query = QueryBuilder::<sqlx::Postgres>::new(COLUMNS);
        query.push(" AND id = ").push_bind(id.0);
        let row = query.build().fetch_optional(&self.pool).await?;
        Ok(row.as_ref().map(principal).transpose()?)
    }

    /// Principals in the order of their ids, which is that of their first appearance.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn principals(&self, filter: &Filter, limit: u16) -> Result<Vec<Principal>, Error> {
        let mut query = QueryBuilder::<sqlx::Postgres>::new(COLUMNS);
        if let Some(part) = &filter.name {
            let part = name::fold(part);
            query.push(" AND strpos(lower(normalize(name, NFKC)), ").push_bind(part).push(") > 0");
        }
        if let Some(email) = &filter.email {
            query.push(" AND lower(email) = lower(").push_bind(email).push(")");
        }
        if let Some(after) = filter.after {
            query.push(" AND id > ").push_bind(after.0);
        }
        query.push(" ORDER BY id LIMIT ").push_bind(i64::from(limit));
        let rows = query.build().fetch_all(&self.pool).await?;
        Ok(rows.iter().map(principal).collect::<Result<_, _>>()?)
    }
}

fn principal(row: &PgRow) -> Result<Principal, sqlx::Error> {
    Ok(Principal {
        id: PrincipalId(row.try_get("id")?),
        name: row.try_get("name")?,
        email: row.try_get("email")?,
        issuer: row.try_get("issuer")?,
        created_at: Timestamp::new(row.try_get("created_at")?),
    })
}
