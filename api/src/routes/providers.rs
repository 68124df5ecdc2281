//! Providers. One file a verb.

pub(super) mod change;
pub(super) mod create;
pub(super) mod disable;
pub(super) mod enable;
pub(super) mod get;
pub(super) mod history;
pub(super) mod list;
pub(super) mod view;
