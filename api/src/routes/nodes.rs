//! Nodes of a provider's clusters. One file a verb.

pub(super) mod cancel_drain;
pub(super) mod drain;
pub(super) mod get;
mod impact;
pub(super) mod label;
pub(super) mod list;
pub(super) mod remove_label;
pub(super) mod set_availability;
pub(super) mod view;
