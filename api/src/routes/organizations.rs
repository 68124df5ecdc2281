//! Organizations and the providers they may use. One file a verb.

pub(super) mod associate;
pub(super) mod dissociate;
pub(super) mod get;
pub(super) mod list;
pub(super) mod providers;
pub(super) mod register;
pub(super) mod rename;
pub(super) mod view;
