//! What the requests of one batch may not share.

use super::encode::EncodedClaim;
use commands::ports::event_log::NewEvent;
use domain::{StreamId, Version, ids::CommandId};
use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

/// What one request touches, as hashes: two that meet by chance only wait for each other.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    /// Its command, the streams it writes, its names, the streams it refers to: one request each.
    alone: Vec<u64>,
    /// Streams that it only reads: shared by readers, closed to writers.
    read: Vec<u64>,
}

impl Keys {
    pub(super) fn of(
        command: CommandId,
        events: &[NewEvent],
        expected: &[(StreamId, Version)],
        claims: &[EncodedClaim],
    ) -> Self {
        let mut alone = vec![hash(command.0)];
        alone.extend(events.iter().map(|event| hash(event.stream)));
        for claim in claims {
            alone.push(match claim.what {
                "free" | "take" => hash((&claim.other, &claim.key)),
                _ => {
                    claim.other.parse().map_or(hash(&claim.other), |stream: StreamId| hash(stream))
                }
            });
        }
        let read = expected.iter().map(|(stream, _)| hash(stream));
        Self { read: read.filter(|key| !alone.contains(key)).collect(), alone }
    }
}

fn hash(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// What the requests admitted to a batch touch.
#[derive(Default)]
pub(super) struct Admitted {
    alone: HashSet<u64>,
    read: HashSet<u64>,
}

impl Admitted {
    /// Whether the request can be judged independently of those admitted before; remembers it
    /// either way, so that nothing overtakes a request on the same stream.
    pub(super) fn admit(&mut self, keys: &Keys) -> bool {
        let fits =
            keys.alone.iter().all(|key| !self.alone.contains(key) && !self.read.contains(key))
                && keys.read.iter().all(|key| !self.alone.contains(key));
        self.alone.extend(&keys.alone);
        self.read.extend(&keys.read);
        fits
    }
}
