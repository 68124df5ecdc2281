//! What was folded of long streams.

use super::Folded;
use domain::{Aggregate, StreamId, Version};
use std::{
    any::Any,
    collections::{BTreeMap, HashMap},
    fmt::{self, Write as _},
    sync::Arc,
};

/// Fewer events than this are read as fast as they are remembered.
const EVENTS_MIN: Version = Version(32);
/// The most streams that are remembered.
const STREAMS_MAX: usize = 1024;
/// The most bytes that they take, about.
const BYTES_MAX: usize = 16 << 20;

/// A `Folded` of some aggregate.
pub(super) type Anything = Arc<dyn Any + Send + Sync>;

/// What was folded of long streams, as far as there is room.
#[derive(Default)]
pub(super) struct Memory {
    held: HashMap<StreamId, Held>,
    /// By when they were asked for last.
    order: BTreeMap<u64, StreamId>,
    bytes: usize,
    asked: u64,
}

struct Held {
    version: Version,
    folded: Anything,
    bytes: usize,
    asked: u64,
}

impl Memory {
    /// What a stream folded to, and up to which version.
    pub(super) fn recall(&mut self, stream: StreamId) -> Option<(Version, Anything)> {
        let asked = self.next();
        let held = self.held.get_mut(&stream)?;
        self.order.remove(&held.asked);
        self.order.insert(asked, stream);
        held.asked = asked;
        Some((held.version, Arc::clone(&held.folded)))
    }

    /// Remembers it, unless it is short, or something newer is remembered already.
    pub(super) fn keep<A: Aggregate>(&mut self, stream: StreamId, folded: &Arc<Folded<A>>) {
        let version = folded.version;
        if version < EVENTS_MIN || self.held.get(&stream).is_some_and(|it| it.version >= version) {
            return;
        }
        self.forget(stream);
        let bytes = size_of::<Folded<A>>() + size(&folded.state);
        if bytes > BYTES_MAX {
            return;
        }
        while self.held.len() >= STREAMS_MAX || self.bytes + bytes > BYTES_MAX {
            let Some((_, oldest)) = self.order.first_key_value() else { break };
            self.forget(*oldest);
        }
        let asked = self.next();
        let folded = Arc::clone(folded) as Anything;
        self.held.insert(stream, Held { version, folded, bytes, asked });
        self.order.insert(asked, stream);
        self.bytes += bytes;
    }

    fn forget(&mut self, stream: StreamId) {
        if let Some(held) = self.held.remove(&stream) {
            self.order.remove(&held.asked);
            self.bytes -= held.bytes;
        }
    }

    fn next(&mut self) -> u64 {
        self.asked += 1;
        self.asked
    }
}

/// How much there is in it, about: as much as there is to say of it.
fn size(state: &impl fmt::Debug) -> usize {
    struct Count(usize);
    impl fmt::Write for Count {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 += text.len();
            Ok(())
        }
    }
    let mut count = Count(0);
    // Counting never fails; a state that cannot be told is one that cannot be weighed.
    if write!(count, "{state:?}").is_err() { usize::MAX / 2 } else { count.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        ids::ProviderId,
        provider::{DeploymentMode, Provider},
        testing::{commented, created, fold},
    };
    use uuid::Uuid;

    fn stream(number: usize) -> StreamId {
        StreamId::provider(ProviderId(Uuid::from_u128(number as u128)))
    }

    fn folded(version: i64, comment: &str) -> Arc<Folded<Provider>> {
        let events = [created(DeploymentMode::Single), commented("the first", comment)];
        Arc::new(Folded { state: fold(events), version: Version(version), last: None })
    }

    fn recalled(memory: &mut Memory, number: usize) -> Option<i64> {
        memory.recall(stream(number)).map(|(version, _)| version.0)
    }

    #[test]
    fn a_short_stream_is_not_remembered() {
        let mut memory = Memory::default();
        memory.keep(stream(1), &folded(31, ""));
        assert_eq!(recalled(&mut memory, 1), None);
        memory.keep(stream(1), &folded(32, ""));
        assert_eq!(recalled(&mut memory, 1), Some(32));
    }

    #[test]
    fn something_older_never_takes_the_place_of_something_newer() {
        let mut memory = Memory::default();
        for version in [40, 39, 41, 32] {
            memory.keep(stream(1), &folded(version, ""));
        }
        assert_eq!(recalled(&mut memory, 1), Some(41));
        assert_eq!(memory.order.len(), 1);
    }

    #[test]
    fn what_nobody_asked_for_the_longest_goes_first() {
        let mut memory = Memory::default();
        for number in 0..STREAMS_MAX {
            memory.keep(stream(number), &folded(32, ""));
        }
        assert_eq!(recalled(&mut memory, 0), Some(32));
        memory.keep(stream(STREAMS_MAX), &folded(32, ""));
        assert_eq!(recalled(&mut memory, 1), None);
        assert_eq!(recalled(&mut memory, 0), Some(32));
        assert_eq!(recalled(&mut memory, STREAMS_MAX), Some(32));
        assert_eq!((memory.held.len(), memory.order.len()), (STREAMS_MAX, STREAMS_MAX));
    }

    #[test]
    fn large_ones_leave_room_for_fewer() {
        let mut memory = Memory::default();
        let large = "x".repeat(BYTES_MAX / 4);
        for number in 0..10 {
            memory.keep(stream(number), &folded(32, &large));
            assert!(memory.bytes <= BYTES_MAX);
        }
        assert_eq!(memory.held.len(), 3);
        assert_eq!(recalled(&mut memory, 9), Some(32));
        memory.keep(stream(9), &folded(33, &"x".repeat(BYTES_MAX)));
        assert_eq!(recalled(&mut memory, 9), None, "larger than all there is room for");
        for number in 0..10 {
            memory.forget(stream(number));
        }
        assert_eq!(memory.bytes, 0);
    }
}
