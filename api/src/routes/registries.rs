//! Credentials of the registries that a provider pulls images from. One file a verb; no answer has
//! a password.

pub(super) mod get;
pub(super) mod list;
pub(super) mod remove;
pub(super) mod set;
pub(super) mod view;
