//! The pages of the problems. One file a verb.

pub(super) mod get;
pub(super) mod list;
