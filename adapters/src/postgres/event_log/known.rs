//! Which versions stand in the log, as far as this process has seen.
//!
//! An append names the versions that its decision was made from, and the log has to have them:
//! otherwise a stream could get a hole. What was seen there once stays there, so only what was not
//! seen has to be looked up. A later version is another matter: the unique index finds it.
//!
//! **Invariant:** what is remembered was seen in the database that a lane is connected to now. A
//! restored backup is another database, or another start of the server.

use sqlx::PgConnection;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Streams remembered at once; with one more all are forgotten, which costs one look each.
const STREAMS_MAX: usize = 65_536;

/// One database between two starts of its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Database(String);

impl Database {
    pub(super) async fn of(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let identity = "SELECT concat(oid, ' ', extract(epoch FROM pg_postmaster_start_time())) \
            FROM pg_database WHERE datname = current_database()";
        Ok(Self(sqlx::query_scalar(identity).fetch_one(connection).await?))
    }
}

/// What all lanes of a process have seen.
#[derive(Clone, Default)]
pub(super) struct Known(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    database: Option<Database>,
    versions: HashMap<String, i64>,
}

impl Known {
    /// Remembers that these versions stand in this database.
    pub(super) fn learn<'a>(
        &self,
        database: &Database,
        versions: impl Iterator<Item = (&'a str, i64)>,
    ) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.database.as_ref() != Some(database) {
            *seen = Seen { database: Some(database.clone()), versions: HashMap::new() };
        }
        for (stream, version) in versions {
            if let Some(known) = seen.versions.get_mut(stream) {
                *known = version.max(*known);
                continue;
            }
            if seen.versions.len() >= STREAMS_MAX {
                seen.versions.clear();
            }
            seen.versions.insert(stream.to_owned(), version);
        }
    }

    /// Keeps those of these versions that have not been seen in this database.
    pub(super) fn unseen(&self, database: &Database, versions: &mut Vec<(&str, i64)>) {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.database.as_ref() == Some(database) {
            versions.retain(|(stream, version)| {
                seen.versions.get(*stream).is_none_or(|known| known < version)
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(name: &str) -> Database {
        Database(name.to_owned())
    }

    fn unseen(known: &Known, database: &Database, version: i64) -> bool {
        let mut versions = vec![("node:a", version)];
        known.unseen(database, &mut versions);
        !versions.is_empty()
    }

    #[test]
    fn what_was_seen_stays_and_what_is_later_does_not_follow() {
        let (known, here) = (Known::default(), database("here"));
        assert!(unseen(&known, &here, 1));
        known.learn(&here, [("node:a", 3)].into_iter());
        known.learn(&here, [("node:a", 2)].into_iter());
        assert!(!unseen(&known, &here, 3));
        assert!(unseen(&known, &here, 4));
    }

    #[test]
    fn another_database_has_seen_nothing() {
        let (known, here, there) = (Known::default(), database("here"), database("there"));
        known.learn(&here, [("node:a", 3)].into_iter());
        assert!(unseen(&known, &there, 1));
        known.learn(&there, [("node:b", 1)].into_iter());
        assert!(unseen(&known, &here, 1));
    }

    #[test]
    fn it_is_bounded() {
        let (known, here) = (Known::default(), database("here"));
        for number in 0..=STREAMS_MAX {
            known.learn(&here, [(format!("node:{number}").as_str(), 1)].into_iter());
        }
        let kept = known.0.lock().unwrap().versions.len();
        assert_eq!(kept, 1, "all were forgotten for the last one");
    }
}
