//! What an append takes or gives up beside its events, judged under the log's lock.

use crate::stream::StreamId;

/// One side condition of an event. The log refuses the whole append when one does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The stream takes a name; refused while another stream has it.
    Take(UniqueName),
    /// The stream gives a name up.
    Free(UniqueName),
    /// The stream now uses another; refused when that one has ended.
    Refer(StreamId),
    /// The stream no longer uses another.
    Unrefer(StreamId),
    /// The stream ends; refused while others refer to it.
    End,
}

/// Where names are unique.
pub const SCOPES: [&str; 9] = [
    "adopted_secret",
    "certificate",
    "cluster",
    "image",
    "organization",
    "profile",
    "provider",
    "secret",
    "workload",
];

/// A name that only one stream of a scope may have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UniqueName {
    /// Where the name is unique, one of `SCOPES`.
    pub scope: &'static str,
    /// The folded name (`Name::key`).
    pub key: String,
}
