//! The rows that events touch: read once, changed in memory, written once. A batch costs a
//! statement per table, however many events it has.

use crate::apply::Error;
use domain::name::{self, Name};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// The longest key of a name, in characters. PostgreSQL indexes no text beyond some 2,700 bytes,
/// and a cluster may call a node what it likes.
const NAME_KEY_CHARACTERS_MAX: usize = 200;

/// What a list is sorted and searched by, for a name of any length.
pub(crate) fn name_key(text: &str) -> String {
    name::fold(text).chars().take(NAME_KEY_CHARACTERS_MAX).collect()
}

/// The same for a name that was checked.
pub(crate) fn key(name: &Name) -> String {
    name_key(name.as_str())
}

struct Held<R> {
    row: Option<R>,
    changed: bool,
}

/// Rows by id, as far as they were needed so far; also those that are known not to exist.
pub(crate) struct Rows<R> {
    held: HashMap<Uuid, Held<R>>,
}

impl<R> Default for Rows<R> {
    fn default() -> Self {
        Self { held: HashMap::new() }
    }
}

impl<R: DeserializeOwned + Serialize> Rows<R> {
    /// Reads the rows with these ids that are not held yet. `select` yields id and document for the
    /// ids in `$1`.
    pub(crate) async fn load(
        &mut self,
        connection: &mut PgConnection,
        select: &'static str,
        ids: impl Iterator<Item = Uuid>,
    ) -> Result<(), Error> {
        let mut unknown: Vec<Uuid> = ids.filter(|id| !self.held.contains_key(id)).collect();
        // In order, since an index is fastest that way.
        unknown.sort_unstable();
        unknown.dedup();
        if unknown.is_empty() {
            return Ok(());
        }
        let found: Vec<(Uuid, String)> =
            sqlx::query_as(select).bind(&unknown).fetch_all(connection).await?;
        for id in unknown {
            self.held.insert(id, Held { row: None, changed: false });
        }
        for (id, document) in found {
            let row = Some(serde_json::from_str(&document)?);
            self.held.insert(id, Held { row, changed: false });
        }
        Ok(())
    }

    /// Takes a new row in, or another one for the same id.
    pub(crate) fn put(&mut self, id: Uuid, row: R) {
        self.held.insert(id, Held { row: Some(row), changed: true });
    }

    /// The row, to be changed.
    pub(crate) fn change(&mut self, id: Uuid) -> Result<&mut R, Error> {
        let held = self.held.get_mut(&id).ok_or(Error::NoRow)?;
        let row = held.row.as_mut().ok_or(Error::NoRow)?;
        held.changed = true;
        Ok(row)
    }

    /// The row, if there is one.
    pub(crate) fn find(&self, id: Uuid) -> Option<&R> {
        self.held.get(&id)?.row.as_ref()
    }

    /// Forgets the rows for which this holds. Who calls this deletes them from the table too.
    pub(crate) fn forget(&mut self, gone: impl Fn(&R) -> bool) {
        for held in self.held.values_mut() {
            if held.row.as_ref().is_some_and(&gone) {
                *held = Held { row: None, changed: false };
            }
        }
    }

    /// Takes a row away. Who calls this calls `delete_removed` too, before the rows are `written`.
    pub(crate) fn remove(&mut self, id: Uuid) {
        self.held.insert(id, Held { row: None, changed: true });
    }

    /// Deletes the removed rows from the table, in the order of their ids. `delete` takes them in
    /// `$1`.
    pub(crate) async fn delete_removed(
        &self,
        connection: &mut PgConnection,
        delete: &'static str,
    ) -> Result<(), Error> {
        let gone = |held: &Held<R>| held.changed && held.row.is_none();
        let mut ids: Vec<_> =
            self.held.iter().filter(|(_, held)| gone(held)).map(|(id, _)| *id).collect();
        if !ids.is_empty() {
            ids.sort_unstable();
            sqlx::query(delete).bind(ids).execute(connection).await?;
        }
        Ok(())
    }

    /// The rows to be written, by id: two runners that met would take the locks in one order.
    pub(crate) fn changed(&self) -> Vec<(Uuid, &R)> {
        let changed = self.held.iter().filter(|(_, held)| held.changed);
        let mut rows: Vec<_> =
            changed.filter_map(|(id, held)| Some((*id, held.row.as_ref()?))).collect();
        rows.sort_unstable_by_key(|(id, _)| *id);
        rows
    }

    /// All rows are in the table as they are held.
    pub(crate) fn written(&mut self) {
        for held in self.held.values_mut() {
            held.changed = false;
        }
    }

    /// How many are held.
    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }
}
