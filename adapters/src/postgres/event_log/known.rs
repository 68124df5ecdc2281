//! What this process knows of the log, so that it need not be looked up again under the lock.
//!
//! An append names the versions that its decision was made from, and the log has to have them:
//! otherwise a stream could get a hole. What was seen there once stays there. A later version is
//! another matter: the unique index finds it in a stream that is written. Of one that is only read,
//! this process knows the last version as long as it alone has written since: dense positions tell,
//! for each batch answers which head it came behind.
//!
//! **Invariant:** what is remembered was seen in the database that a lane is connected to now. A
//! restored backup is another database, or another start of the server.

use sqlx::PgConnection;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use time::OffsetDateTime;

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

/// The end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) position: i64,
    pub(super) recorded_at: OffsetDateTime,
}

/// A batch that was stored.
pub(super) struct Batch<'a> {
    /// The position that it came behind.
    pub(super) behind: i64,
    pub(super) head: Head,
    /// Versions of streams that it wrote; none of them ended.
    pub(super) written: Vec<(&'a str, i64)>,
    /// Versions that were the last ones of their streams when it came.
    pub(super) read: Vec<(&'a str, i64)>,
}

/// What all lanes of a process have seen.
#[derive(Clone, Default)]
pub(super) struct Known(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    database: Option<Database>,
    head: Option<Head>,
    /// Behind this position nobody else has written, up to the head.
    alone_since: i64,
    streams: HashMap<String, Stream>,
}

/// One stream, as it was at a position.
struct Stream {
    version: i64,
    at: i64,
    /// Whether it is sure that it had not ended.
    is_open: bool,
}

impl Known {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a batch that was stored in this database.
    pub(super) fn learn(&self, database: &Database, batch: &Batch<'_>) {
        let mut seen = self.lock();
        if seen.database.as_ref() != Some(database) {
            *seen = Seen { database: Some(database.clone()), ..Seen::default() };
        }
        // An older batch may answer later: nobody else wrote between the two, or it was noticed.
        if seen.head.is_none_or(|head| head.position < batch.head.position) {
            if seen.head.is_none_or(|head| head.position != batch.behind) {
                seen.alone_since = batch.behind;
            }
            seen.head = Some(batch.head);
        }
        for (stream, version) in &batch.read {
            seen.remember(stream, *version, batch.behind, false);
        }
        for (stream, version) in &batch.written {
            seen.remember(stream, *version, batch.head.position, true);
        }
    }

    /// Keeps those of these versions that have not been seen in this database.
    pub(super) fn unseen(&self, database: &Database, versions: &mut Vec<(&str, i64)>) {
        let seen = self.lock();
        if seen.database.as_ref() == Some(database) {
            versions.retain(|(stream, version)| {
                seen.streams.get(*stream).is_none_or(|known| known.version < *version)
            });
        }
    }

    /// Keeps the streams that may have ended before these versions of them. What ends a stream is
    /// an event of it: behind a version at which it was open, it takes the next one.
    pub(super) fn maybe_ended(&self, database: &Database, next: &mut Vec<(&str, i64)>) {
        let seen = self.lock();
        let is_here = seen.database.as_ref() == Some(database);
        next.retain(|(stream, version)| {
            let known = seen.streams.get(*stream).filter(|_| is_here);
            let is_open = known.is_some_and(|known| known.is_open && *version <= known.version + 1);
            *version > 1 && !is_open
        });
    }

    /// The head behind which this version of a stream can stand, decided from these versions; none
    /// where something has to be looked up first.
    pub(super) fn head(
        &self,
        database: &Database,
        (written, version): (&str, i64),
        decided_from: &[(String, i64)],
    ) -> Option<Head> {
        let seen = self.lock();
        let is_last = |(stream, version): &(String, i64)| {
            seen.latest(stream).is_some_and(|known| known.version == *version)
        };
        let is_known = seen.database.as_ref() == Some(database)
            && seen
                .latest(written)
                .is_some_and(|known| known.is_open && known.version + 1 == version)
            && decided_from.iter().all(is_last);
        seen.head.filter(|_| is_known)
    }
}

impl Seen {
    fn remember(&mut self, stream: &str, version: i64, at: i64, is_open: bool) {
        if let Some(known) = self.streams.get_mut(stream) {
            if known.at < at {
                known.is_open = is_open || known.is_open && known.version == version;
                known.at = at;
            }
            known.version = version.max(known.version);
            return;
        }
        if self.streams.len() >= STREAMS_MAX {
            self.streams.clear();
        }
        self.streams.insert(stream.to_owned(), Stream { version, at, is_open });
    }

    /// A stream whose last version is known: all that was written since is from here.
    fn latest(&self, stream: &str) -> Option<&Stream> {
        self.streams.get(stream).filter(|known| known.at >= self.alone_since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(name: &str) -> Database {
        Database(name.to_owned())
    }

    fn head(position: i64) -> Head {
        Head { position, recorded_at: OffsetDateTime::UNIX_EPOCH }
    }

    /// Learns that `stream` has the version, written alone behind this position.
    fn wrote(known: &Known, database: &Database, behind: i64, stream: &str, version: i64) {
        let written = vec![(stream, version)];
        let batch = Batch { behind, head: head(behind + 1), written, read: vec![("p", 0)] };
        known.learn(database, &batch);
    }

    fn unseen(known: &Known, database: &Database, version: i64) -> bool {
        let mut versions = vec![("a", version)];
        known.unseen(database, &mut versions);
        !versions.is_empty()
    }

    fn maybe_ended(known: &Known, stream: &str, version: i64) -> bool {
        let mut next = vec![(stream, version)];
        known.maybe_ended(&database("here"), &mut next);
        !next.is_empty()
    }

    /// Whether the next version of `a` needs no look.
    fn is_known(known: &Known, version: i64, read: (&str, i64)) -> bool {
        let from = [("a".to_owned(), version), (read.0.to_owned(), read.1)];
        known.head(&database("here"), ("a", version + 1), &from).is_some()
    }

    #[test]
    fn what_was_seen_stays_and_what_is_later_does_not_follow() {
        let (known, here) = (Known::default(), database("here"));
        assert!(unseen(&known, &here, 1));
        wrote(&known, &here, 9, "a", 3);
        wrote(&known, &here, 8, "a", 2);
        assert!(!unseen(&known, &here, 3));
        assert!(unseen(&known, &here, 4));
    }

    #[test]
    fn another_database_has_seen_nothing() {
        let (known, here, there) = (Known::default(), database("here"), database("there"));
        wrote(&known, &here, 9, "a", 3);
        assert!(unseen(&known, &there, 1));
        wrote(&known, &there, 9, "b", 1);
        assert!(unseen(&known, &here, 1));
        assert!(!is_known(&known, 3, ("p", 0)));
        assert!(maybe_ended(&known, "a", 4));
    }

    #[test]
    fn who_writes_alone_knows_the_head() {
        let (known, here) = (Known::default(), database("here"));
        wrote(&known, &here, 9, "a", 3);
        assert!(is_known(&known, 3, ("p", 0)));
        assert!(!is_known(&known, 2, ("p", 0)), "the stream moved on");
        assert!(!is_known(&known, 3, ("p", 1)), "nobody saw that version");
        assert!(!is_known(&known, 3, ("q", 0)), "nobody read that stream");
        wrote(&known, &here, 10, "b", 1);
        assert!(is_known(&known, 3, ("b", 1)), "written since, by this process");
    }

    #[test]
    fn where_another_wrote_between_everything_is_looked_up_again() {
        let (known, here) = (Known::default(), database("here"));
        wrote(&known, &here, 9, "a", 3);
        wrote(&known, &here, 12, "b", 1);
        assert!(!is_known(&known, 3, ("p", 0)));
        wrote(&known, &here, 13, "a", 4);
        assert!(is_known(&known, 4, ("p", 0)));
    }

    #[test]
    fn an_answer_that_comes_late_takes_nothing_back() {
        let (known, here) = (Known::default(), database("here"));
        wrote(&known, &here, 8, "a", 2);
        wrote(&known, &here, 10, "a", 4);
        wrote(&known, &here, 9, "a", 3);
        let at = known.head(&here, ("a", 5), &[]).unwrap();
        assert_eq!(at.position, 11);
    }

    #[test]
    fn a_stream_that_was_open_ends_by_its_next_version() {
        let (known, here) = (Known::default(), database("here"));
        wrote(&known, &here, 9, "a", 3);
        assert!(!maybe_ended(&known, "a", 4));
        assert!(maybe_ended(&known, "a", 5), "the fourth may have ended it");
        assert!(maybe_ended(&known, "p", 2), "it was only read");
        assert!(!maybe_ended(&known, "new", 1), "what ended has a first version");
    }

    #[test]
    fn it_is_bounded() {
        let (known, here) = (Known::default(), database("here"));
        for number in 0..=STREAMS_MAX {
            wrote(&known, &here, 9, &format!("node:{number}"), 1);
        }
        let kept = known.lock().streams.len();
        assert!(kept < 10, "all were forgotten for one of the last: {kept}");
    }
}
