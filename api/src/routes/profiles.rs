//! The container profiles of an organization.

pub(super) mod change;
pub(super) mod define;
pub(super) mod get;
pub(super) mod list;
pub(super) mod preview;
pub(super) mod preview_draft;
pub(super) mod remove;
pub(super) mod request;
pub(super) mod view;
