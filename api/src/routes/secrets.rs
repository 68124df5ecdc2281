//! Secrets of a provider. One file a verb; no answer has a value.

pub(super) mod adopt;
pub(super) mod create;
pub(super) mod get;
pub(super) mod list;
pub(super) mod list_foreign;
pub(super) mod remove;
pub(super) mod rotate;
pub(super) mod view;
