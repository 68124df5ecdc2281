//! The log itself. One file a verb.

pub(super) mod list;
pub(super) mod view;
