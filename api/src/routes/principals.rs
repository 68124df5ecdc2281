//! Principals, as people know them. One file a verb.

pub(super) mod change;
pub(super) mod erase;
pub(super) mod get;
pub(super) mod list;
pub(super) mod view;
