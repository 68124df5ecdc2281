//! Pages of a list, by key and never by offset, so that page a thousand costs what page one costs
//! and a row that appears meanwhile moves no other.
//!
//! Every list table has `id`, `name_key`, `created_at` and `document`: a row is kept as the
//! document that is shown, beside the columns that a query filters or sorts by. A list of what ends
//! by itself has `not_after` too.

use domain::{Position, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, de::DeserializeOwned};
use sqlx::{PgPool, Postgres, QueryBuilder, Row as _};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// The most rows on one page.
pub const LIMIT_MAX: u16 = 200;

/// What a list is sorted by. The id decides between equals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// `name`: by name, whatever its case.
    #[default]
    Name,
    /// `-name`
    NameDescending,
    /// `created_at`: oldest first.
    CreatedAt,
    /// `-created_at`: newest first.
    CreatedAtDescending,
    /// `not_after`: what ends first, for lists of what ends.
    NotAfter,
    /// `-not_after`: what ends last.
    NotAfterDescending,
}

impl Sort {
    /// Every order.
    pub const ALL: [Self; 6] = [
        Self::Name,
        Self::NameDescending,
        Self::CreatedAt,
        Self::CreatedAtDescending,
        Self::NotAfter,
        Self::NotAfterDescending,
    ];
    /// Those of every list of what has a name.
    pub const NAMED: [Self; 4] =
        [Self::Name, Self::NameDescending, Self::CreatedAt, Self::CreatedAtDescending];

    /// The order as it is asked for.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::NameDescending => "-name",
            Self::CreatedAt => "created_at",
            Self::CreatedAtDescending => "-created_at",
            Self::NotAfter => "not_after",
            Self::NotAfterDescending => "-not_after",
        }
    }

    fn column(self) -> &'static str {
        match self {
            Self::Name | Self::NameDescending => "name_key",
            Self::CreatedAt | Self::CreatedAtDescending => "created_at",
            Self::NotAfter | Self::NotAfterDescending => "not_after",
        }
    }

    fn direction(self) -> &'static str {
        match self {
            Self::Name | Self::CreatedAt | Self::NotAfter => "ASC",
            Self::NameDescending | Self::CreatedAtDescending | Self::NotAfterDescending => "DESC",
        }
    }

    fn beyond(self) -> &'static str {
        match self {
            Self::Name | Self::CreatedAt | Self::NotAfter => ">",
            Self::NameDescending | Self::CreatedAtDescending | Self::NotAfterDescending => "<",
        }
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no order.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no order; there are {known}", known = Sort::ALL.map(Sort::as_str).join(", "))]
pub struct NoSort(pub String);

impl FromStr for Sort {
    type Err = NoSort;
    fn from_str(text: &str) -> Result<Self, NoSort> {
        let named = Self::ALL.into_iter().find(|sort| sort.as_str() == text);
        named.ok_or_else(|| NoSort(text.to_owned()))
    }
}

impl Serialize for Sort {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Sort {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// The last row of the page before. The API hands it out as an opaque cursor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// The order it belongs to.
    pub sort: Sort,
    /// What that row is sorted by.
    pub key: String,
    /// Its id.
    pub id: Uuid,
}

/// Which page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// The order.
    pub sort: Sort,
    /// The last row of the page before; none for the first page.
    pub after: Option<After>,
    /// How many rows: at least 1, at most `LIMIT_MAX`; what is outside is taken for the bound.
    pub limit: u16,
}

impl Default for Listing {
    fn default() -> Self {
        Self { sort: Sort::default(), after: None, limit: LIMIT_MAX }
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<R> {
    /// The rows are what the log said at this position.
    pub position: Position,
    /// The rows.
    pub items: Vec<R>,
    /// Where the next page starts, if there is one.
    pub next: Option<After>,
}

/// One row, or that there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Found<R> {
    /// The answer is what the log said at this position.
    pub position: Position,
    /// The row.
    pub row: Option<R>,
}

/// Why a read model could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// PostgreSQL did not answer, or with an error.
    #[error("read the read model")]
    Database(#[from] sqlx::Error),
    /// A cursor that was made for another order, or by nobody.
    #[error("the cursor does not belong to a list in this order")]
    Cursor,
    /// A row that this program cannot read.
    #[error("read the document of a row")]
    Document(#[from] serde_json::Error),
}

/// A row as it is shown.
pub(crate) trait Shown: DeserializeOwned {
    /// Says whether an event of the row is parked.
    fn set_stale(&mut self, stale: bool);
}

/// The table of a list, as it stands in a query.
pub(crate) struct Table {
    /// The checkpoint, with its schema.
    pub checkpoint: &'static str,
    /// The table of the rows, with its schema.
    pub rows: &'static str,
    /// Whether an event of row `r` is parked: an SQL condition.
    pub stale: &'static str,
}

impl Table {
    /// Starts a query whose first table is the checkpoint; the rows follow as `r`, with the column
    /// that they are sorted by as `key`.
    fn select(&self, sort: Sort) -> QueryBuilder<Postgres> {
        let mut query = QueryBuilder::new("SELECT c.position, s.* FROM ");
        query.push(self.checkpoint).push(" c LEFT JOIN LATERAL (SELECT r.id, r.");
        query.push(sort.column()).push(" AS key, r.document::text AS document, ");
        query.push(self.stale).push(" AS stale FROM ").push(self.rows).push(" r WHERE ");
        query
    }

    /// The row with this id, if `conditions` hold for it; each condition starts with ` AND `.
    pub(crate) async fn get<R: Shown>(
        &self,
        pool: &PgPool,
        id: Uuid,
        conditions: impl FnOnce(&mut QueryBuilder<Postgres>),
    ) -> Result<Found<R>, Error> {
        let mut query = self.select(Sort::default());
        query.push("r.id = ").push_bind(id);
        conditions(&mut query);
        query.push(") s ON true");
        let row = query.build().fetch_one(pool).await?;
        let position = Position(row.try_get("position")?);
        Ok(Found { position, row: shown(&row)? })
    }

    /// A page of the rows for which `conditions` hold; each condition starts with ` AND `.
    pub(crate) async fn list<R: Shown>(
        &self,
        pool: &PgPool,
        listing: &Listing,
        conditions: impl FnOnce(&mut QueryBuilder<Postgres>),
    ) -> Result<Page<R>, Error> {
        self.part(pool, listing, LIMIT_MAX, conditions).await
    }

    /// The same, with at most `most` rows.
    pub(crate) async fn part<R: Shown>(
        &self,
        pool: &PgPool,
        listing: &Listing,
        most: u16,
        conditions: impl FnOnce(&mut QueryBuilder<Postgres>),
    ) -> Result<Page<R>, Error> {
        let (sort, limit) = (listing.sort, listing.limit.clamp(1, most));
        let mut query = self.select(sort);
        query.push("true");
        conditions(&mut query);
        if let Some(after) = &listing.after {
            push_after(&mut query, sort, after)?;
        }
        let (column, direction) = (sort.column(), sort.direction());
        query.push(format_args!(" ORDER BY r.{column} {direction}, r.id {direction} LIMIT "));
        // One more than asked for tells whether there is a next page.
        query.push_bind(i64::from(limit) + 1);
        query.push(format_args!(") s ON true ORDER BY s.key {direction}, s.id {direction}"));

        let rows = query.build().fetch_all(pool).await?;
        let first = rows.first().ok_or(sqlx::Error::RowNotFound)?;
        let position = Position(first.try_get("position")?);
        let mut items = Vec::with_capacity(rows.len());
        for row in rows.iter().take(usize::from(limit)) {
            items.extend(shown(row)?);
        }
        let last = rows.len().checked_sub(2).filter(|_| rows.len() > usize::from(limit));
        let next = last.and_then(|last| rows.get(last)).map(|row| after(sort, row)).transpose()?;
        Ok(Page { position, items, next })
    }
}

fn push_after(query: &mut QueryBuilder<Postgres>, sort: Sort, after: &After) -> Result<(), Error> {
    if after.sort != sort {
        return Err(Error::Cursor);
    }
    query.push(format_args!(" AND (r.{}, r.id) {} (", sort.column(), sort.beyond()));
    match sort {
        Sort::Name | Sort::NameDescending => {
            query.push_bind(after.key.clone());
        }
        Sort::CreatedAt | Sort::CreatedAtDescending | Sort::NotAfter | Sort::NotAfterDescending => {
            let moment: Timestamp = after.key.parse().map_err(|_| Error::Cursor)?;
            query.push_bind(moment.moment());
        }
    }
    query.push(", ").push_bind(after.id).push(")");
    Ok(())
}

fn after(sort: Sort, row: &sqlx::postgres::PgRow) -> Result<After, Error> {
    let key = match sort {
        Sort::Name | Sort::NameDescending => row.try_get("key")?,
        Sort::CreatedAt | Sort::CreatedAtDescending | Sort::NotAfter | Sort::NotAfterDescending => {
            Timestamp::new(row.try_get("key")?).to_string()
        }
    };
    Ok(After { sort, key, id: row.try_get("id")? })
}

fn shown<R: Shown>(row: &sqlx::postgres::PgRow) -> Result<Option<R>, Error> {
    let Some(document) = row.try_get::<Option<&str>, _>("document")? else { return Ok(None) };
    let mut shown: R = serde_json::from_str(document)?;
    shown.set_stale(row.try_get("stale")?);
    Ok(Some(shown))
}
