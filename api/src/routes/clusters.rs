//! Clusters of a provider. One file a verb.

pub(super) mod add;
pub(super) mod change;
pub(super) mod get;
pub(super) mod list;
pub(super) mod rank;
pub(super) mod remove;
pub(crate) mod request;
